"""Review effect: what a model that was told the reviews answers otherwise than one that was not.

A sample that training saw and one that it did not are judged apart. Of the former a model repeats
what it was told, by heart or not, so that its answers prove nothing. Whether edits paid is measured
on test samples that no training saw: on reviewed ones by what reviewers did, on all by class and
slice. One pair of trainings cannot tell: two trainings differ by themselves, and where edits did
nothing the intervals over samples alone left out 0 in 67 to 82 % of simulated tables. Over six
seeds and samples they did in 1 to 4 %, over eight in 4 to 6 %, where 5 % are meant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.distributions import hard_targets
from labelviz.core.edits import ACTIONS, Edits
from labelviz.core.effect import MATTERS, interval_of
from labelviz.core.experiment import Answered, classes_said
from labelviz.core.groups import sharing_evidence, splits
from labelviz.core.metrics import FEWEST_EXPECTED, FLOOR
from labelviz.core.reference import Reference, has_label, held_out

Differs = Literal["better", "worse", "alike", "unknown", "few"]


@dataclass(frozen=True, eq=False)
class Contrast:
    """Two models, or the models of two sets of targets, the second of which was told more reviews.

    Parameters
    ----------
    names : of both.
    first, second : what they answer on all N samples, with the seeds in the same order; NaN where
        one was not asked.
    apart : in what else they differ, a word each.
    """

    names: tuple[str, str]
    first: Answered
    second: Answered
    apart: tuple[str, ...] = ()

    @property
    def seeds(self) -> int:
        """How many trainings there are of each."""
        return len(self.first.p)


@dataclass(frozen=True, eq=False)
class Facts:
    """What is known of the samples.

    Parameters
    ----------
    dataset : the samples.
    told : what reviewers said that the second model was told and the first was not.
    reviewed : what they say by now.
    reference : what models are judged by.
    flagged : (N,) where labels are flagged; None where they were not checked.
    untold : what reviewers said that the first model was told, where the second was told nothing.
    """

    dataset: Dataset
    told: Edits
    reviewed: Edits
    reference: Reference
    flagged: Booleans | None = None
    untold: Edits | None = None


@dataclass(frozen=True)
class Told:
    """What became of training samples that the second model was told otherwise.

    Parameters
    ----------
    action : what reviewers did.
    samples : how many they are.
    turned : how many of these the second model answers otherwise than the first, mean over seeds;
        NaN where they were not asked.
    agrees : share answered as reviewers say, of both; NaN of excluded ones, and where not asked.
    loss : mean cross-entropy against what reviewers say in nats, of both; NaN likewise.
    """

    action: str
    samples: int
    turned: float
    agrees: tuple[float, float]
    loss: tuple[float, float]


@dataclass(frozen=True)
class Part:
    """What differs on held-out samples of one kind.

    Parameters
    ----------
    name : what reviewers did, a class, or a value of a slice.
    edits : labels of training samples of the kind that the second model was told otherwise.
    samples : how many held-out samples judge it.
    agrees : share answered right, of both models.
    gain : how much smaller the loss of the second is, in nats.
    low, high : interval of the gain. Those of all parts beside it hold together in 95 % of cases
        (Bonferroni); endless of fewer than 10 samples that share nothing.
    """

    name: str
    edits: int
    samples: int
    agrees: tuple[float, float]
    gain: float
    low: float
    high: float

    @property
    def differs(self) -> Differs:
        """Whether the second model is better or worse beyond chance; alike within 0.01 nats; or the
        samples are few."""
        if not np.isfinite([self.low, self.high]).all():
            return "few"
        if max(abs(self.low), abs(self.high)) < MATTERS:
            return "alike"
        if self.low > 0:
            return "better"
        return "worse" if self.high < 0 else "unknown"


@dataclass(frozen=True)
class Doubts:
    """How many given labels nobody settled that a model contradicts.

    Parameters
    ----------
    samples : how many labels there are.
    first, second : how many each model contradicts: another class is likelier.
    both : how many both do.
    flagged : how many of them are flagged; None where nothing was checked.
    still : how many of the flagged ones the second model contradicts.
    """

    samples: int
    first: int
    second: int
    both: int
    flagged: int | None = None
    still: int = 0


@dataclass(frozen=True)
class Change:
    """What became of one reviewed sample.

    Parameters
    ----------
    row : its number.
    action : what reviewers did.
    part : train, validation or test.
    told : whether the second model was trained on what reviewers say.
    answers : what both models answer, class names.
    loss : cross-entropy of both against what reviewers say, in nats; NaN of an excluded one.
    denied : whether each contradicts the given label.
    """

    row: int
    action: str
    part: str
    told: bool
    answers: tuple[tuple[str, ...], tuple[str, ...]]
    loss: tuple[float, float]
    denied: tuple[bool, bool]

    @property
    def turned(self) -> bool:
        """Whether the answer changed."""
        return self.answers[0] != self.answers[1]


@dataclass(frozen=True, eq=False)
class ReviewEffect:
    """What the reviews between two trainings changed, as far as it was measured.

    Parameters
    ----------
    names, seeds, apart : of the models, as in `Contrast`.
    reference : what judges classes and slices.
    tested : how many test samples there are that no training saw.
    turned : how many of them are answered otherwise, mean over seeds.
    told : training samples by what reviewers did.
    by_action : held-out samples that reviewers settled, by what they did.
    by_class : held-out samples by the class that the reference says is right.
    by_slice : by slice column, its values, those with most edits first.
    held_out : labels of held-out samples that nobody settled.
    trained : labels of training samples that nobody settled, on which both were trained.
    changes : every reviewed sample that was asked, the greatest gain in loss first.
    cautions : what else has to be known, a sentence each.
    untold : reviews of training samples that the first model was told, where the second was told
        nothing: they were taken back between, or the second is the earlier one.
    """

    names: tuple[str, str]
    seeds: int
    apart: tuple[str, ...]
    reference: Reference
    tested: int
    turned: float
    told: tuple[Told, ...]
    by_action: tuple[Part, ...]
    by_class: tuple[Part, ...]
    by_slice: Mapping[str, tuple[Part, ...]]
    held_out: Doubts
    trained: Doubts
    changes: tuple[Change, ...]
    cautions: tuple[str, ...] = field(default=())
    untold: int = 0

    @property
    def edits(self) -> int:
        """Reviews of training samples that the second model was told and the first was not."""
        return sum(each.samples for each in self.told)

    @property
    def parts(self) -> tuple[Part, ...]:
        """All kinds of held-out samples."""
        by_slice = (part for parts in self.by_slice.values() for part in parts)
        return (*self.by_action, *self.by_class, *by_slice)


def review_effect(contrast: Contrast, facts: Facts) -> ReviewEffect:
    """Measure what differs; see the module for what that proves."""
    dataset, measure = facts.dataset, _Measure(contrast, facts)
    train = splits(dataset) == "train"
    labelled = has_label(dataset.given)
    unseen, _ = held_out(dataset, np.ones(len(dataset), dtype=bool))
    unsettled = labelled & ~facts.reviewed.settled
    return ReviewEffect(
        names=contrast.names,
        seeds=contrast.seeds,
        apart=contrast.apart,
        reference=facts.reference,
        tested=int((unseen & measure.asked).sum()),
        turned=measure.turned(np.flatnonzero(unseen & measure.asked)),
        told=measure.told(facts.told.only(train)),
        by_action=measure.by_action(),
        by_class=measure.by_class(),
        by_slice=measure.by_slice(),
        held_out=measure.doubts(unseen & unsettled),
        trained=measure.doubts(train & unsettled),
        changes=measure.changes(),
        untold=0 if facts.untold is None else int((facts.untold.settled & train).sum()),
    )


def cross_entropy(q: Floats, p: Floats, *, multilabel: bool) -> Floats:
    """(..., M) -sum q log p in nats, of several labels the mean over the cells.

    Parameters
    ----------
    q : (M, K) targets. p : (..., M, K) probabilities.
    """
    log_p = np.log(np.maximum(p, FLOOR))
    if not multilabel:
        return np.asarray(-(q * log_p).sum(axis=-1))
    log_not = np.log(np.maximum(1 - p, FLOOR))
    return np.asarray(-(q * log_p + (1 - q) * log_not).mean(axis=-1))


def agreement_with(q: Floats, said: Booleans, *, multilabel: bool) -> Booleans:
    """(..., M) whether an answer is one that targets lead to; cells at 0.5 are right either way.

    Parameters
    ----------
    q : (M, K) targets. said : (..., M, K) whether a class is predicted.
    """
    if multilabel:
        return np.asarray((((q > 0.5) == said) | (q == 0.5)).all(axis=-1))
    return np.asarray((said & (q == q.max(axis=-1, keepdims=True))).any(axis=-1))


def denied(given: Integers, p: Floats) -> Booleans:
    """(N,) whether another class is likelier than the given one, or a known cell is likelier
    turned."""
    if given.ndim == 1:
        return np.asarray((given != MISSING) & (p.argmax(axis=1) != given))
    return np.asarray(((given != MISSING) & ((p >= 0.5) != (given == 1))).any(axis=1))


@dataclass(frozen=True, eq=False)
class _Judged:
    """Held-out samples against what is right, with how much each counts.

    Parameters
    ----------
    rows : (M,) their numbers.
    right : (M, K) targets.
    units, weights : as in `Reference`.
    """

    rows: Integers
    right: Floats
    units: Integers
    weights: Floats


class _Measure:
    """What two models answer, measured."""

    def __init__(self, contrast: Contrast, facts: Facts) -> None:
        self.contrast, self.facts, self.dataset = contrast, facts, facts.dataset
        task = self.dataset.task
        self.said = (classes_said(contrast.first, task), classes_said(contrast.second, task))
        self.differs: Booleans = (self.said[0] != self.said[1]).any(axis=2)  # (S, N)
        both = np.isfinite(contrast.first.p) & np.isfinite(contrast.second.p)
        self.asked: Booleans = np.asarray(both.all(axis=(0, 2)))  # (N,)

    def turned(self, rows: Integers) -> float:
        """How many of some samples that were asked are answered otherwise, mean over seeds."""
        return float(self.differs[:, rows].sum(axis=1).mean())

    def agrees(self, rows: Integers, q: Floats) -> tuple[Floats, Floats]:
        """(M,) and (M,) share of the seeds of each that answer as targets (M, K) have it."""
        many = self.dataset.multilabel
        first, second = (
            agreement_with(q, each[:, rows], multilabel=many).mean(axis=0) for each in self.said
        )
        return first, second

    def loss(self, rows: Integers, q: Floats) -> tuple[Floats, Floats]:
        """(S, M) and (S, M) the loss of each against targets (M, K)."""
        many = self.dataset.multilabel
        first, second = (
            cross_entropy(q, each.p[:, rows], multilabel=many)
            for each in (self.contrast.first, self.contrast.second)
        )
        return first, second

    def told(self, edits: Edits) -> tuple[Told, ...]:
        """What became of training samples, by action; actions that nobody took are left out."""
        found = []
        for code, action in enumerate(ACTIONS):
            rows = np.flatnonzero(edits.action == code)
            if not len(rows):
                continue
            asked = rows[self.asked[rows]]
            known = asked[edits.answered[asked]]
            agrees = _means(self.agrees(known, edits.said[known]))
            loss = _means(self.loss(known, edits.said[known]))
            turned = self.turned(asked) if len(asked) else np.nan
            found.append(Told(action, len(rows), turned, agrees, loss))
        return tuple(found)

    def by_action(self) -> tuple[Part, ...]:
        """Held-out samples that reviewers settled, by what they did."""
        told, reviewed = self.facts.told, self.facts.reviewed
        train = splits(self.dataset) == "train"
        rows = np.flatnonzero(held_out(self.dataset, reviewed.answered & self.asked)[0])
        if not len(rows):
            return ()
        units = sharing_evidence(self.dataset, rows)
        judged = _Judged(rows, reviewed.said[rows], units, np.ones(len(rows)))
        kinds = [
            (action, int((train & (told.action == code)).sum()), reviewed.action[rows] == code)
            for code, action in enumerate(ACTIONS)
        ]
        return self._parts(judged, kinds)

    def by_class(self) -> tuple[Part, ...]:
        """Held-out samples by the class that is right, in class order."""
        judged, changing = self._by_reference, self._changed
        given = hard_targets(self.dataset)
        kinds = []
        for k, name in enumerate(self.dataset.classes):
            before, after = given[:, k] == 1, self.facts.told.said[:, k] > 0
            edited = int((changing & (before | after)).sum())
            kinds.append((name, edited, judged.right[:, k] == 1))
        return self._parts(judged, kinds)

    def by_slice(self) -> dict[str, tuple[Part, ...]]:
        """Held-out samples by slice column and value, those with most edits first.

        A value that has no edit and fewer than 10 samples is left out.
        """
        judged, changing, found = self._by_reference, self._changed, {}
        for column, values in self.dataset.slices.items():
            edits, here = Counter(values[changing].tolist()), values[judged.rows]
            enough = [v for v, n in Counter(here.tolist()).items() if n >= FEWEST_EXPECTED]
            told = sorted(dict.fromkeys([*edits, *enough]), key=lambda value: -edits[value])
            kinds = [(value, edits[value], here == value) for value in told]
            found[column] = self._parts(judged, kinds)
        return found

    @property
    def _by_reference(self) -> _Judged:
        found = self.facts.reference
        k = self.dataset.n_classes
        many = found.labels.ndim == 2
        right = found.labels.astype(np.float64) if many else np.eye(k)[found.labels]
        return _Judged(found.rows, right, found.units, found.weights)

    @property
    def _changed(self) -> Booleans:
        """(N,) training samples whose label does not stand as it was."""
        return np.asarray(self.facts.told.changing & (splits(self.dataset) == "train"))

    def _parts(
        self, judged: _Judged, kinds: Iterable[tuple[str, int, Booleans]]
    ) -> tuple[Part, ...]:
        """Each kind that a held-out sample or an edit is of; its name, edits and (M,) samples."""
        kinds = [each for each in kinds if each[1] or each[2].any()]
        counts = [len(np.unique(judged.units[among])) for *_, among in kinds]
        tried = max(1, sum(count >= FEWEST_EXPECTED for count in counts))
        agrees = self.agrees(judged.rows, judged.right)
        loss = self.loss(judged.rows, judged.right)
        found = []
        for name, edits, among in kinds:
            if not among.any():
                nothing = (np.nan, np.nan)
                found.append(Part(name, edits, 0, nothing, np.nan, -np.inf, np.inf))
                continue
            weights = judged.weights[among] / judged.weights[among].mean()
            units = np.unique(judged.units[among], return_inverse=True)[1]
            gain = loss[0][:, among] - loss[1][:, among]
            low, high = interval_of(gain, units, weights, tried)
            right = [float(np.average(each[among], weights=weights)) for each in agrees]
            mean = float((gain @ weights).mean() / len(weights))
            found.append(Part(name, edits, int(among.sum()), (right[0], right[1]), mean, low, high))
        return tuple(found)

    def doubts(self, among: Booleans) -> Doubts:
        """How many labels of some samples each contradicts, by the mean of its seeds."""
        among = among & self.asked
        first, second = (each[among] for each in self._denied)
        flagged = None if self.facts.flagged is None else self.facts.flagged[among]
        return Doubts(
            int(among.sum()), int(first.sum()), int(second.sum()), int((first & second).sum()),
            None if flagged is None else int(flagged.sum()),
            0 if flagged is None else int((flagged & second).sum()),
        )  # fmt: skip

    @property
    def _denied(self) -> tuple[Booleans, Booleans]:
        """(N,) whether each model contradicts the given label."""
        p = [each.p.mean(axis=0) for each in (self.contrast.first, self.contrast.second)]
        return denied(self.dataset.given, p[0]), denied(self.dataset.given, p[1])

    def changes(self) -> tuple[Change, ...]:
        """Every sample that reviewers settled, the greatest gain in loss first."""
        told, reviewed = self.facts.told, self.facts.reviewed
        rows = np.flatnonzero((told.settled | reviewed.settled) & self.asked)
        latest = np.where(reviewed.settled[:, None], reviewed.said, told.said)[rows]
        action = np.where(reviewed.settled, reviewed.action, told.action)
        losses = [each.mean(axis=0) for each in self.loss(rows, latest)]
        gain = np.nan_to_num(losses[0] - losses[1], nan=-np.inf)
        said = [each.mean(axis=0) >= 0.5 for each in self.said]  # (N, K)
        part, classes = splits(self.dataset), np.array(self.dataset.classes, dtype=object)
        refused = self._denied
        found = []
        for place in np.argsort(-gain, kind="stable").tolist():
            row = int(rows[place])
            answers = [tuple(classes[each[row]].tolist()) for each in said]
            found.append(
                Change(
                    row, ACTIONS[action[row]], str(part[row]),
                    bool(part[row] == "train" and told.settled[row]),
                    (answers[0], answers[1]),
                    (float(losses[0][place]), float(losses[1][place])),
                    (bool(refused[0][row]), bool(refused[1][row])),
                )
            )  # fmt: skip
        return tuple(found)


def _means(values: tuple[Floats, Floats]) -> tuple[float, float]:
    first, second = (float(each.mean()) if each.size else np.nan for each in values)
    return first, second
