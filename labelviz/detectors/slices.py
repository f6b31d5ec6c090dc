"""Slices: parts of the data in which more labels are wrong than elsewhere.

An LLM errs in clumps: on one kind of place, one length of text, one language. What samples have in
common is numbered here, for this detector and for what is learned from verdicts.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers, Strings, told_apart
from labelviz.core.dataset import Dataset
from labelviz.core.evidence import Embeddings, Evidence, Finding, NotChecked, Verdicts
from labelviz.core.intervals import percent, wilson
from labelviz.core.opinion import Opinion
from labelviz.detectors.neighbours import sample_vectors

NAME = "slices"
FEWEST_VERDICTS = 10  # verdicts below which nothing but the model's opinion is counted
SHRINK = 10.0  # samples of the whole that a slice's share is drawn towards the whole's by
TELLING = 1.5  # times the rate of all samples that a rate has to be, to be spoken of
PREDICTED = "given and predicted"
FIFTHS = (0.2, 0.4, 0.6, 0.8)
READ = 200  # characters of a text that its script is told from
FEWEST_INSIDE = 3  # reviewed samples below which a slice is not counted
FEWEST_PREDICTED = 50  # labels below which a slice is not named from a model alone
PER_CLUSTER, MOST_CLUSTERS, CLUSTERED = 200, 50, 20_000


@dataclass(frozen=True, eq=False)
class Slicing:
    """One way to divide the samples.

    Parameters
    ----------
    kind : what the samples of one slice share, in words.
    codes : (N,) which slice each sample is in; -1 for none.
    where : of one row, the words for its slice that begin a sentence.
    """

    kind: str
    codes: Integers
    where: Callable[[int], str]


def slices(evidence: Evidence) -> Finding | NotChecked:
    """The share of wrong labels in the slice that speaks most against a sample.

    By given label, given and predicted label, slice column, record, length, script and cluster of
    like texts; a language is known by its script alone. Counted are the verdicts of reviewers once
    there are 10, which the review queue chose: they tell slices apart, and not how many labels are
    wrong. Before, the labels that the model contradicts, in slices of 50 labels or more; that is
    said as the model's, for it may as well be what it cannot learn. A share is drawn towards that
    of all samples as if by ten of them.

    A finding for people, without a part in the fusion: before reviews it repeats the model, whose
    errors it shares, and the verdicts on slices are learned from there already.
    """
    dataset, verdicts = evidence.dataset, evidence.verdicts
    judged: tuple[Booleans, Booleans] | NotChecked = _by_model(evidence)
    reviewed = False
    if verdicts is not None and len(verdicts) >= FEWEST_VERDICTS:
        judged, reviewed = _by_reviews(verdicts), True
    if isinstance(judged, NotChecked):
        return judged
    fewest = FEWEST_INSIDE if reviewed else FEWEST_PREDICTED
    worst = _worst(tuple(_divisions(evidence, reviewed=reviewed)), *judged, fewest)
    score = np.where(dataset.labelled, worst.rate, np.nan)

    def words(row: int) -> str:
        return _words(worst, row, reviewed=reviewed) if dataset.labelled[row] else ""

    return Finding(NAME, np.clip(score, 0, 1), words, role="word")


def _by_reviews(verdicts: Verdicts) -> tuple[Booleans, Booleans]:
    """(N,) which labels reviewers settled, and which of them they changed."""
    return verdicts.settled, np.nan_to_num(verdicts.wrong) == 1


def _by_model(evidence: Evidence) -> tuple[Booleans, Booleans] | NotChecked:
    """(N,) which samples have a label, and which of these the model contradicts."""
    known, given = evidence.dataset.labelled, evidence.dataset.given
    if evidence.name not in evidence.honest:
        return NotChecked(NAME, f"“{evidence.name}” comes from a model that was told these labels.")
    if not known.any() or given[known].min() == given[known].max():
        return NotChecked(NAME, "All given labels are alike.")
    other = np.asarray(Opinion(evidence.levelled).labels != given)
    return known, known & (other.any(axis=1) if evidence.dataset.multilabel else other)


@dataclass(frozen=True, eq=False)
class _Worst:
    """By sample, the slicing in which its slice has the highest rate, and that rate.

    Parameters
    ----------
    which : (N,) numbers of slicings, -1 where no slice has a higher rate than all samples.
    rate : (N,) drawn towards the whole. hits, count : (N,) what it comes from.
    low : (N,) the lower end of the 95 % interval of hits in count.
    """

    slicings: tuple[Slicing, ...]
    which: Integers
    rate: Floats
    hits: Integers
    count: Integers
    low: Floats
    whole: float


def _worst(slicings: tuple[Slicing, ...], known: Booleans, wrong: Booleans, fewest: int) -> _Worst:
    n, whole = len(known), float(wrong[known].mean())
    which, rate = np.full(n, -1), np.full(n, whole)
    hits, count = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    for place, each in enumerate(slicings):
        inside, code = each.codes >= 0, np.maximum(each.codes, 0)
        judged = np.bincount(code[inside & known], minlength=code.max() + 1)[code]
        bad = np.bincount(code[inside & wrong], minlength=code.max() + 1)[code]
        drawn = (bad + SHRINK * whole) / (judged + SHRINK)
        worse = inside & (judged >= fewest) & (drawn > rate + 1e-12)
        which[worse], rate[worse] = place, drawn[worse]
        hits[worse], count[worse] = bad[worse], judged[worse]
    low, _ = wilson(hits, np.maximum(count, 1))
    return _Worst(slicings, which, rate, hits, count, low, whole)


def _words(worst: _Worst, row: int, *, reviewed: bool) -> str:
    """A sentence where the rate is well above that of all samples, its whole interval above it."""
    if worst.which[row] < 0 or worst.low[row] <= worst.whole:
        return ""
    if worst.hits[row] < TELLING * worst.whole * worst.count[row]:
        return ""
    where, count = worst.slicings[worst.which[row]].where(row), worst.count[row]
    hits, whole = worst.hits[row], percent(worst.whole)
    if reviewed:
        return (
            f"{where} {hits:,} of {count:,} reviewed were wrong, against {whole} of all reviewed; "
            "the queue chose most of them."
        )
    return (
        f"{where} the model contradicts {hits:,} of {count:,} labels, against {whole} of all: they "
        "are wrong, or it cannot tell them."
    )


def properties(evidence: Evidence) -> Iterator[Slicing]:
    """What samples share by their labels, their columns and their records."""
    dataset, predicted = evidence.dataset, Opinion(evidence.levelled).labels

    def label(labels: Integers, row: int) -> str:
        return f"“{' | '.join(dataset.label_names(labels, row)) or 'none'}”"

    def given(row: int) -> str:
        return f"Among labels {label(dataset.given, row)}"

    def both(row: int) -> str:
        return f"{given(row)} that the model calls {label(predicted, row)}"

    yield Slicing("given label", _labels(dataset.given), given)
    yield Slicing(PREDICTED, _labels(dataset.given, predicted), both)
    for name, values in dataset.slices.items():
        codes, _ = dataset.values_of_slices[name]
        yield Slicing(f"slice {name}", codes, _named(f"In {name}", values))
    if dataset.is_pair:
        for side, texts in zip(("first", "second"), dataset.texts, strict=True):
            words = _always(f"Among pairs with the same {side} text")
            yield Slicing(f"{side} text", told_apart(texts)[0], words)


def _divisions(evidence: Evidence, *, reviewed: bool) -> Iterator[Slicing]:
    """All ways to divide the samples; not by what the model predicts where it is the judge."""
    dataset = evidence.dataset
    yield from (each for each in properties(evidence) if reviewed or each.kind != PREDICTED)
    if dataset.multilabel:
        for name, cells in zip(dataset.classes, dataset.given.T, strict=True):
            words = _always(f"Among samples that carry “{name}”")
            yield Slicing(f"class {name}", np.where(cells == 1, 0, -1), words)
    yield _lengths(dataset)
    yield _scripts(dataset)
    if evidence.embeddings is not None and len(dataset) >= 2 * PER_CLUSTER:
        yield _clusters(dataset, evidence.embeddings, evidence.seed)


def _lengths(dataset: Dataset) -> Slicing:
    """Fifths by the number of characters."""
    length = np.sum([[len(text) for text in side] for side in dataset.texts], axis=0)
    edges = np.unique(np.quantile(length, FIFTHS)) if len(length) else np.zeros(0)
    codes = np.searchsorted(edges, length, side="left").astype(np.int64)
    inside = [length[codes == code] for code in range(len(edges) + 1)]
    ranges = [f"{each.min():,} to {each.max():,}" if len(each) else "" for each in inside]

    def where(row: int) -> str:
        return f"Among texts of {ranges[codes[row]]} characters"

    return Slicing("length", codes, where)


def _scripts(dataset: Dataset) -> Slicing:
    """The script of most letters of the first text, of those that Unicode names by it."""
    script = [_script_of(text) for text in dataset.texts[0]]
    return Slicing(
        "script",
        told_apart(script)[0],
        lambda row: f"Among texts in {script[row]} letters" if script[row] else "Without letters",
    )


def _script_of(text: str) -> str:
    if text.isascii():
        return "Latin" if any(map(str.isalpha, text[:READ])) else ""
    counts = Counter(map(_script, filter(str.isalpha, text[:READ])))
    return max(counts, key=lambda each: (counts[each], each), default="")


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    first = unicodedata.name(letter, "").partition(" ")[0]
    return "Chinese" if first == "CJK" else first.capitalize()


def _clusters(dataset: Dataset, embeddings: Embeddings, seed: int) -> Slicing:
    """About 200 samples of like texts each, at most 50 clusters, by k-means on the embeddings.

    Fitted in the order of the ids, so that the order of the samples changes nothing.
    """
    from sklearn.cluster import KMeans

    vectors = sample_vectors(embeddings)
    order = np.array(sorted(range(len(dataset)), key=dataset.ids.__getitem__))
    drawn = np.random.default_rng(seed).permutation(order)[:CLUSTERED]
    k = min(max(len(dataset) // PER_CLUSTER, 2), MOST_CLUSTERS)
    codes = KMeans(k, n_init=1, random_state=seed).fit(vectors[drawn]).predict(vectors)
    size = np.bincount(codes)
    return Slicing(
        "cluster",
        codes.astype(np.int64),
        lambda row: f"Among the {size[codes[row]]:,} samples of its cluster of like texts",
    )


def _always(words: str) -> Callable[[int], str]:
    return lambda _: words


def _named(where: str, values: Strings) -> Callable[[int], str]:
    return lambda row: f"{where} “{values[row]}”"


def _labels(*labels: Integers) -> Integers:
    """(N,) numbers that samples share which have the same labels, in every column."""
    if labels[0].ndim == 2:  # as bits, since there may be many classes
        rows = np.packbits(np.hstack([each == 1 for each in labels]), axis=1)
    else:
        rows = np.column_stack(labels)
    _, codes = np.unique(rows, axis=0, return_inverse=True)
    return np.asarray(codes, dtype=np.int64)
