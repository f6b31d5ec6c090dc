"""Predict: a classifier's opinion about every sample of a dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from labelviz.core.arrays import Floats, Integers, Strings
from labelviz.core.dataset import Dataset
from labelviz.core.distributions import Probabilities, Provenance, SampleRelation
from labelviz.core.precision import Computed, Drift, drift
from labelviz.core.progress import JUDGED, Report, silent
from labelviz.core.settings import ModelUse, Precision
from labelviz.errors import ModelRefused, unharmed
from labelviz.models.batches import Tokens, collate, length_sorted, token_budget
from labelviz.models.cache import Inputs, Logits, Plan, Shelf, distinct_inputs
from labelviz.models.folders import trained_on
from labelviz.models.group import ALONE, Group
from labelviz.models.loading import Classifier, load_classifier
from labelviz.models.place import COMPARED, Copy, Place, place_for
from labelviz.models.precision import Chosen, choose
from labelviz.processes import release_memory

if TYPE_CHECKING:
    import torch

STRETCH = 32_768  # inputs that are tokenised and sorted by length together: what bounds the memory
# Samples that bfloat16 is compared with float32 on; fewer new ones are like those before.
CHECKED = 64
KEPT = "What was computed and kept before this stays; run the same again to go on."
RELEASED = 8  # batches after which freed memory goes back to the system


def predict(
    dataset: Dataset,
    model: str | Path,
    report: Report = silent,
    cache: Path | None = None,
    use: ModelUse = ModelUse(),  # noqa: B008 - frozen
    outputs: tuple[str, ...] = (),
) -> Probabilities:
    """Probabilities of a classifier for every sample, in the dataset's order.

    Softmax over the classes, or for multi-label a sigmoid per class. Identical samples are computed
    once, in batches of like length. They are in-sample where labelviz trained the model on this
    dataset, else of unknown relation. The order of samples and of classes changes no bit of them.

    In bfloat16 or float32 as asked for; left to labelviz, in bfloat16 where the hardware multiplies
    it, no predicted class changes among some samples of all lengths, and their order does not.

    Parameters
    ----------
    model : a folder, or a hub id.
    report : called as (done, total, "samples").
    cache : a folder that keeps what was computed. A second run computes only what is new, and a
        run that was stopped goes on with its next batch, to the same numbers bit for bit.
    use : the precision, and where samples are cut.
    outputs : the class that each output of the model stands for; as the model says where empty.

    Raises
    ------
    ModelRefused : not loadable safely, not a classifier, one for other classes or another task, or
        not even one sample fits into memory.
    JobRefused : another prediction with this model and cache is running.
    """
    known = partial(
        load_classifier, classes=dataset.classes, multilabel=dataset.multilabel, outputs=outputs
    )
    classifier = known(model).within(use.max_tokens)
    again = partial(_loaded_again, known=known, max_tokens=classifier.max_tokens)
    with ExitStack() as stack:
        place = stack.enter_context(place_for(use.on, _whole(classifier), model, again))
        chosen = choose(use.precision, place.device, place.fastest)
        if cache is None or not classifier.behaviour_hash:
            cache = Path(stack.enter_context(TemporaryDirectory(prefix="labelviz-")))
        inputs = distinct_inputs(dataset.texts)
        budget, by_stretch = token_budget(place.device), place.tokenises
        work = _Work(classifier, place, budget, by_stretch, dataset, inputs, cache, report)
        logits, computed = _all_logits(work, chosen)
    own = trained_on(model) == dataset.fingerprint
    relation: SampleRelation = "in-sample" if own else "unknown"
    return Probabilities(
        values=to_probabilities(logits, multilabel=dataset.multilabel),
        classes=dataset.classes,
        ids=dataset.ids,
        multilabel=dataset.multilabel,
        provenance=Provenance(
            relation, str(model), classifier.model_hash, dataset.fingerprint, now(),
            computed.sentences, computed=computed,
        ),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Work:
    """What a prediction is about.

    Parameters
    ----------
    budget : tokens of a batch, settled once: by them a plan is known.
    by_stretch : whether texts become tokens at the place, whole stretches of them.
    """

    classifier: Classifier
    place: Place[Classifier]
    budget: int
    by_stretch: bool
    dataset: Dataset
    inputs: Inputs
    cache: Path
    report: Report

    def shelf(self, kind: Precision) -> Shelf:
        """Where logits in a precision are kept, in the model's own order of classes."""
        name = f"{self.classifier.behaviour_hash or 'model'}-{kind}"
        return Shelf(self.cache / name, len(self.classifier.classes))

    def tokens(self, inputs: Integers) -> Tokens:
        """The tokens of some inputs."""
        rows = self.inputs.rows[inputs]
        texts = [side[rows] for side in self.dataset.texts]
        return self.classifier.tokens(texts)


class _DriftTooLarge(Exception):
    """In bfloat16 the model says something else than in float32."""

    def __init__(self, drift: Drift) -> None:
        super().__init__(drift.sentence)
        self.drift = drift


def _all_logits(work: _Work, chosen: Chosen) -> tuple[Logits, Computed]:
    """(N, K) logits of all samples, and how they were computed."""
    cut = work.classifier.max_tokens, work.classifier.cut
    if chosen.precision == "bfloat16":
        try:
            logits, found = _logits_in(work, chosen)
            return logits, Computed("bfloat16", chosen.why, *cut, found, work.place.sentence)
        except _DriftTooLarge as error:
            why = "Computed in float32, because in bfloat16 the model says something else."
            exact = Chosen("float32", why, firm=False)
            logits = _logits_in(work, exact)[0]
            return logits, Computed("float32", why, *cut, error.drift, work.place.sentence)
    logits = _logits_in(work, chosen)[0]
    return logits, Computed("float32", chosen.why, *cut, place=work.place.sentence)


def _logits_in(work: _Work, chosen: Chosen) -> tuple[Logits, Drift | None]:
    """Compute what is missing in one precision, and give all of it with the largest drift.

    Raises
    ------
    _DriftTooLarge : bfloat16 is not good enough for these samples, and nobody insists on it.
    """
    shelf, keys = work.shelf(chosen.precision), work.inputs.keys
    with shelf.locked():
        missing = shelf.missing(keys)
        if shelf.absorb_others(keys[missing], work.budget):
            missing = shelf.missing(keys)
        _check(chosen, shelf.notes())
        if len(missing):
            _compute(work, shelf, missing, chosen)
        logits = shelf.logits(keys)
        found = _worst(shelf.notes())
    work.report(len(work.dataset), len(work.dataset), "samples")
    return logits[:, work.classifier.columns][work.inputs.of], found


def _worst(notes: Sequence[Any]) -> Drift | None:
    """The largest of the drifts that plans were begun with."""
    found = [Drift(**note) for note in notes if note]
    return max(found, key=_harm, default=None)


def _harm(found: Drift) -> tuple[float, float, float]:
    return found.flips, found.reordered, np.inf if found.largest is None else found.largest


def _check(chosen: Chosen, notes: Sequence[Any]) -> None:
    """Raise _DriftTooLarge where a plan began with a harmful one, unless somebody insists."""
    found = _worst(notes)
    if found is not None and not found.harmless and not chosen.firm:
        raise _DriftTooLarge(found)


def _compute(work: _Work, shelf: Shelf, missing: Integers, chosen: Chosen) -> None:
    """Compute the missing inputs, stretch by stretch, and keep every batch when it is done."""
    keys = work.inputs.keys
    plan = shelf.stopped(keys[missing], work.budget)
    if plan is None:
        few = len(missing) < CHECKED and any(
            note["samples"] >= CHECKED for note in shelf.notes() if note
        )
        found = None
        if chosen.precision == "bfloat16" and not few:
            found = asdict(_compared(work, work.tokens(missing[:STRETCH])))
        plan = shelf.begin(keys[missing], work.budget, found)
    _check(chosen, [plan.note])
    _run(work, chosen.precision, missing, plan)
    plan.finish()


@dataclass(frozen=True, eq=False)
class _Batch:
    """Inputs that are computed together.

    Parameters
    ----------
    inputs : which they are; their tokens stand in the same order.
    """

    inputs: Integers
    tokens: Tokens


def _run(work: _Work, precision: Precision, missing: Integers, plan: Plan) -> None:
    """Go through the batches of a plan from where it stands."""
    keys, samples = work.inputs.keys, len(work.dataset)
    shown = np.bincount(work.inputs.of, minlength=len(keys))  # samples per input
    left = missing[~np.isin(keys[missing], plan.keys)]
    known = samples - int(shown[left].sum())
    work.report(known, samples, "samples")
    found = _by_stretch if work.by_stretch else _by_batch
    with unharmed(KEPT):
        for inputs, logits in found(work, precision, missing, plan.done):
            plan.add(keys[inputs], logits)
            known += int(shown[inputs].sum())
            work.report(known, samples, "samples")


Answers = Iterator[tuple[Integers, Logits]]


def _by_batch(work: _Work, precision: Precision, missing: Integers, done: int) -> Answers:
    """Inputs and what the model says of them, batch by batch; the tokens are made here."""
    batches = _batches(work, missing, done)
    for batch, logits in work.place.in_turn(partial(_answer, precision=precision), batches):
        yield batch.inputs, logits


def _by_stretch(work: _Work, precision: Precision, missing: Integers, done: int) -> Answers:
    """The same in the same batches; a whole stretch goes to one copy, which makes its tokens."""
    say = partial(_answer_stretch, precision=precision, budget=work.budget)
    for stretch, answers in work.place.in_turn(say, _stretches(work, missing, done)):
        for rows, logits in answers:
            yield stretch.inputs[rows], logits


@dataclass(frozen=True, eq=False)
class _Stretch:
    """Inputs that are tokenised and sorted by length together.

    Parameters
    ----------
    texts : one or two (B,) arrays.
    done : how many of them were computed before, in the first batches.
    """

    inputs: Integers
    texts: tuple[Strings, ...]
    done: int


def _stretches(work: _Work, missing: Integers, done: int) -> Iterator[_Stretch]:
    """The stretches of a plan that are not done."""
    for start in range(0, len(missing), STRETCH):
        inputs = missing[start : start + STRETCH]
        if start + len(inputs) > done:
            rows = work.inputs.rows[inputs]
            texts = tuple(side[rows] for side in work.dataset.texts)
            yield _Stretch(inputs, texts, max(done - start, 0))


def _answer_stretch(
    copy: Copy[Classifier], stretch: _Stretch, *, precision: Precision, budget: int
) -> list[tuple[Integers, Logits]]:
    """Rows of a stretch and their logits, for each batch that is not done."""
    tokens = copy.exact.tokens(stretch.texts)
    found: list[tuple[Integers, Logits]] = []
    place = 0
    for rows in _mixed(length_sorted(tokens.lengths, budget)):
        if place >= stretch.done:
            found.append((rows, _in_memory(copy.within(precision), tokens, rows)))
        place += len(rows)
    return found


def _batches(work: _Work, missing: Integers, done: int) -> Iterator[_Batch]:
    """The batches of a plan, stretch by stretch, but for those of the inputs that are done."""
    place = 0
    for start in range(0, len(missing), STRETCH):
        stretch = missing[start : start + STRETCH]
        if place + len(stretch) <= done:  # a stopped run did all of it
            place += len(stretch)
            continue
        tokens = work.tokens(stretch)
        for rows in _mixed(length_sorted(tokens.lengths, work.budget)):
            if place >= done:
                yield _Batch(stretch[rows], tokens.taken(rows))
            place += len(rows)


def _answer(copy: Copy[Classifier], batch: _Batch, *, precision: Precision) -> Logits:
    """(B, outputs) logits of a batch, in the model's own order of classes."""
    every = np.arange(len(batch.tokens))
    return _in_memory(copy.within(precision), batch.tokens, every)


def _whole(classifier: Classifier) -> Classifier:
    """The classifier with all outputs of the model, in its own order."""
    return replace(classifier, columns=tuple(range(len(classifier.classes))))


def _loaded_again(
    model: str | Path, known: Callable[[str | Path], Classifier], max_tokens: int
) -> Classifier:
    """The same classifier somewhere else, where samples are cut as here."""
    return _whole(known(model).within(max_tokens))


def _mixed(batches: list[Integers]) -> list[Integers]:
    """The batch of the longest samples first, which shows at once whether the memory is enough.

    The others are in an order that mixes lengths, so that the rate so far tells the time left.
    """
    order = np.random.default_rng(0).permutation(np.arange(1, len(batches)))
    return [batches[0], *(batches[place] for place in order)]


def _compared(work: _Work, tokens: Tokens) -> Drift:
    """What bfloat16 does to samples of all lengths."""
    order = np.argsort(-tokens.lengths, kind="stable")
    count = min(CHECKED, len(order))
    rows = order[np.linspace(0, len(order) - 1, count).astype(np.int64)]
    cut = length_sorted(tokens.lengths[rows], work.budget)
    batches = [_Batch(rows[batch], tokens.taken(rows[batch])) for batch in cut]
    multilabel = work.dataset.multilabel

    def said(precision: Precision) -> Floats:
        answers = work.place.in_turn(partial(_answer, precision=precision), batches)
        logits = np.concatenate([each for _, each in answers])
        return to_probabilities(logits, multilabel=multilabel)

    exact, low = map(said, COMPARED)
    return drift(exact, low, multilabel=multilabel)


def _in_memory(classifier: Classifier, tokens: Tokens, rows: Integers) -> Logits:
    """(B, K) logits of a batch; cut in halves, down to single samples, while memory is short.

    Raises
    ------
    ModelRefused : one sample alone does not fit.
    """
    import torch

    try:
        return _forward(classifier, tokens, rows)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        if len(rows) == 1:
            raise ModelRefused(
                f"The memory is not enough for one sample of {tokens.lengths[rows[0]]} tokens.",
                where=classifier.source,
                safe=KEPT,
                remedy="Free memory, or use a smaller model.",
            ) from error
    if classifier.device == "cuda":
        torch.cuda.empty_cache()
    halves = np.array_split(rows, 2)
    return np.concatenate([_in_memory(classifier, tokens, half) for half in halves])


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error of torch means that memory ran out; on a CPU it says so only in words."""
    import torch

    words = ("can't allocate memory", "not enough memory", "out of memory")
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or any(
        each in str(error) for each in words
    )


def logits_of(
    classifier: Classifier,
    tokens: Tokens,
    only: Integers | None = None,
    report: Report = silent,
    group: Group = ALONE,
) -> Logits:
    """(N, K) float32 logits of all samples in their order; NaN but for `only` some, if given.

    Each process of a group computes its share of the batches, and has them all at the end.
    """
    chosen = np.arange(len(tokens)) if only is None else only
    found = np.zeros((len(chosen), len(classifier.classes)), dtype=np.float32)
    done = 0
    batches = length_sorted(tokens.lengths[chosen], token_budget(classifier.device))
    for place, batch in enumerate(group.share(batches)):
        found[batch] = _in_memory(classifier, tokens, chosen[batch])
        done += len(batch)
        report(min(done * group.size, len(chosen)), len(chosen), JUDGED)
        if place % RELEASED == RELEASED - 1:
            release_memory()
    logits = np.full((len(tokens), len(classifier.classes)), np.nan, dtype=np.float32)
    logits[chosen] = group.gathered(found)
    return logits


def _forward(classifier: Classifier, tokens: Tokens, rows: Integers) -> Logits:
    """(B, K) float32 logits of one batch."""
    import torch

    with evaluation_mode(classifier.model), torch.inference_mode():
        batch = collate(tokens, rows, classifier.device)
        logits: Logits = classifier.logits(batch).cpu().numpy()
    return logits


@contextmanager
def evaluation_mode(model: torch.nn.Module) -> Iterator[None]:
    """No dropout inside; the mode from before comes back."""
    training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(training)


def to_probabilities(logits: npt.NDArray[np.floating], *, multilabel: bool) -> Floats:
    """(N, K) float64 probabilities: rows that sum to 1, or for multi-label a sigmoid per cell."""
    from scipy.special import expit, softmax

    z = logits.astype(np.float64)
    return np.asarray(expit(z) if multilabel else softmax(z, axis=1))


def now() -> str:
    """UTC time, ISO 8601 to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
