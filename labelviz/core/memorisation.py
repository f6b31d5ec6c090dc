"""Memorisation: when a model begins to repeat labels that are wrong, and how many of them.

Wrong labels are learnt last and by heart: at first a model gives what is right, and then what it
was told (Liu et al. 2020, arXiv:2007.00151). What a model repeats that never saw a label is no
memory: it generalises from others like it. So the excess over such a model is what counts.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.core.dataset import MISSING

FEWEST_ERRORS = 10  # watched errors below which their share says nothing
ONSET = 0.05  # excess from which a model memorises, if it stays so
SURELY_MORE = 1.645  # standard errors that it has to be above 0: chance does that in 5 % of cases


@dataclass(frozen=True, eq=False)
class Errors:
    """The labels among those trained on that are wrong, or likely to be.

    Parameters
    ----------
    rows : (E,) row numbers of these samples.
    given : (E,) labels, or (E, K) cells.
    confirmed : (E,) True where a reviewer, or a trusted label, says that the given one is wrong.
    suspected : (E,) how likely the others are wrong, in [0, 1].
    unseen : (E, K) probabilities of a model that did not see these labels; None where there are
        none.
    """

    rows: Integers
    given: Integers
    confirmed: Booleans
    suspected: Floats
    unseen: Floats | None = None


@dataclass(frozen=True, eq=False)
class Watched:
    """How a training went.

    Parameters
    ----------
    epochs : (T,) of its evaluations, rising.
    logits : (T, E, K) of the errors; NaN where one was not judged.
    best : the evaluation whose weights were kept, from 0.
    train, validation : (T,) KL against the targets in nats; NaN where it was not measured.
    """

    epochs: Floats
    logits: Floats
    best: int
    train: Floats
    validation: Floats


@dataclass(frozen=True)
class Memory:
    """What share of wrong labels a training repeats, evaluation by evaluation.

    Parameters
    ----------
    epochs : (T,) rising.
    repeated : (T,) share of the errors that are answered as given, weighted by how likely each is
        one.
    kept : the same share of the weights that were kept.
    errors : how many they are.
    unseen : the same share of a model that did not see these labels; None where there is none. Of
        suspected errors it is small where they are suspected because that model denies them.
    chance : (T,) excess over that model that chance alone may give, by how far the two part on each
        error.
    """

    epochs: tuple[float, ...]
    repeated: tuple[float, ...]
    kept: float
    errors: int
    unseen: float | None
    chance: tuple[float, ...] = ()

    @property
    def onset(self) -> float | None:
        """The epoch from which on the excess stays above 0.05, and above chance; None where it does
        not, or where no other model tells what is no memory.

        What the model repeated before its first step is no memory either.
        """
        if self.unseen is None:
            return None
        beyond = self._excess > np.maximum(ONSET, self.chance or 0.0)
        if not beyond[-1]:
            return None
        below = np.flatnonzero(~beyond)
        return self.epochs[below[-1] + 1 if len(below) else 0]

    @property
    def undecided(self) -> bool:
        """Whether more is repeated at the end than memory takes, but no more than chance may do."""
        return self.unseen is not None and self.onset is None and bool(self._excess[-1] > ONSET)

    @property
    def _excess(self) -> Floats:
        """(T,) share beyond that of the model that never saw the labels, or of an untrained one."""
        untrained = self.repeated[0] if self.epochs[0] == 0 else 0.0
        return np.array(self.repeated) - max(self.unseen or 0.0, untrained)


@dataclass(frozen=True)
class Curve:
    """How a model learned one set of targets, mean over seeds, as far as all of them went.

    Parameters
    ----------
    name : of the set.
    epochs : (T,) rising.
    train, validation : (T,) KL against the targets in nats; NaN where it was not measured.
    confirmed, suspected : memory of these errors; None where they are fewer than 10.
    """

    name: str
    epochs: tuple[float, ...]
    train: tuple[float, ...]
    validation: tuple[float, ...]
    confirmed: Memory | None
    suspected: Memory | None

    @property
    def told(self) -> Memory | None:
        """The memory to speak of: of confirmed errors where they are enough."""
        return self.confirmed or self.suspected


def curve_of(name: str, runs: Sequence[Watched], errors: Errors) -> Curve:
    """The curve of the trainings on one set of targets; at least one, each with an evaluation."""
    length = min(len(run.epochs) for run in runs)
    judged = np.ones(len(errors.rows), dtype=bool)
    for run in runs:
        judged &= np.isfinite(run.logits).all(axis=(0, 2))
    epochs = tuple(runs[0].epochs[:length].tolist())
    answers = [_repeats(errors.given, run.logits) for run in runs]
    share = np.mean([each[:length] for each in answers], axis=0)  # (T, E)
    kept = np.mean([each[run.best] for each, run in zip(answers, runs, strict=True)], axis=0)
    unseen = None if errors.unseen is None else _repeats(errors.given, errors.unseen[None] - 0.5)

    def memory(weight: Floats) -> Memory | None:
        weight = np.where(judged, weight, 0.0)
        count, total = int((weight > 0).sum()), float(weight.sum())
        if count < FEWEST_ERRORS:
            return None
        repeated, of_kept = share @ weight / total, float(kept @ weight / total)
        if unseen is None:
            return Memory(epochs, tuple(repeated.tolist()), of_kept, count, None)
        other = float(unseen[0] @ weight / total)
        apart = (share - unseen[0]) - (repeated - other)[:, None]  # (T, E)
        chance = SURELY_MORE * np.sqrt(apart**2 @ weight**2) / total
        return Memory(
            epochs, tuple(repeated.tolist()), of_kept, count, other, tuple(chance.tolist())
        )

    train, validation = (
        tuple(np.mean([each[:length] for each in losses], axis=0).tolist())
        for losses in ([run.train for run in runs], [run.validation for run in runs])
    )
    return Curve(
        name, epochs, train, validation,
        memory(errors.confirmed.astype(np.float64)),
        memory(np.where(errors.confirmed, 0.0, errors.suspected)),
    )  # fmt: skip


def learned_of(
    name: str, runs: Sequence[Watched], errors: Errors, but: Collection[int] = ()
) -> Curve:
    """The curve of those trainings that learned something; of none, a curve without a memory.

    What a model repeats that always gives one answer is no memory of any label.

    Parameters
    ----------
    but : places of the trainings that learned nothing.
    """
    learned = [run for place, run in enumerate(runs) if place not in but]
    if learned:
        return curve_of(name, learned, errors)
    return replace(curve_of(name, runs, errors), confirmed=None, suspected=None)


def _repeats(given: Integers, scores: Floats) -> Floats:
    """(T, E) 1 where the given label is answered: of one label the top, of several all known cells
    on the side of zero that is given.

    Parameters
    ----------
    scores : (T, E, K) logits, or probabilities less one half.
    """
    if given.ndim == 1:
        answered = np.nan_to_num(scores, nan=-np.inf).argmax(axis=2) == given
        return np.asarray(answered & (given != MISSING), dtype=np.float64)
    agrees = ((scores > 0) == (given == 1)) | (given == MISSING)
    return np.asarray(agrees.all(axis=2), dtype=np.float64)


REPEATS = {
    "confirmed": "“{name}” begins to repeat wrong labels at epoch {epoch:.2g}. The model that is "
    "kept repeats {kept:.0%} of {errors:,} confirmed errors; one that never saw these labels "
    "{unseen:.0%}.",
    "suspected": "“{name}” begins to repeat labels that look wrong at epoch {epoch:.2g}. The model "
    "that is kept repeats {kept:.0%} of {errors:,} suspected errors; one that never saw these "
    "labels {unseen:.0%}.",
}
LEARNS_NONE = {
    "confirmed": "“{name}” learns no wrong labels by heart: the model that is kept repeats "
    "{kept:.0%} of {errors:,} confirmed errors; one that never saw these labels {unseen:.0%}.",
    "suspected": "“{name}” learns no suspected errors by heart: the model that is kept repeats "
    "{kept:.0%} of {errors:,} of them; one that never saw these labels {unseen:.0%}.",
}
UNDECIDED = {
    "confirmed": "Whether “{name}” learns wrong labels by heart cannot be told: the model that is "
    "kept repeats {kept:.0%} of {errors:,} confirmed errors; one that never saw these labels "
    "{unseen:.0%}. Of so few, chance may make the difference.",
    "suspected": "Whether “{name}” learns suspected errors by heart cannot be told: the model that "
    "is kept repeats {kept:.0%} of {errors:,} of them; one that never saw these labels "
    "{unseen:.0%}. Of so few, chance may make the difference.",
}
NOBODY_ELSE = {
    "confirmed": "“{name}”: the model that is kept repeats {kept:.0%} of {errors:,} confirmed "
    "errors. How much of that is memory only out-of-fold probabilities can tell.",
    "suspected": "“{name}”: the model that is kept repeats {kept:.0%} of {errors:,} suspected "
    "errors. How much of that is memory only out-of-fold probabilities can tell.",
}
LATER = "“{name}” begins {later:.2g} epochs later than “{first}”."
SOONER = "“{name}” begins {sooner:.2g} epochs sooner than “{first}”."


def memory_in_words(curves: Sequence[Curve]) -> list[str]:
    """When each set of targets begins to repeat wrong labels, and how many, in sentences."""
    lines = []
    first = curves[0].told if curves else None
    for curve in curves:
        memory = curve.told
        if memory is None:
            continue
        kind = "confirmed" if curve.confirmed else "suspected"
        words = REPEATS if memory.onset is not None else LEARNS_NONE
        if memory.undecided:
            words = UNDECIDED
        if memory.unseen is None:
            words = NOBODY_ELSE
        lines.append(
            words[kind].format(
                name=curve.name, epoch=memory.onset, kept=memory.kept, errors=memory.errors,
                unseen=memory.unseen,
            )
        )  # fmt: skip
        if curve is curves[0] or first is None or first.onset is None or memory.onset is None:
            continue
        later = memory.onset - first.onset
        if later:
            words_of = LATER if later > 0 else SOONER
            lines.append(
                words_of.format(name=curve.name, first=curves[0].name, later=later, sooner=-later)
            )
    return lines
