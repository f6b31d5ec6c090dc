"""What a review effect says, in sentences, and in tables of text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

import numpy as np

from labelviz.core.effect import FOUND_AT
from labelviz.core.intervals import percent
from labelviz.core.review_effect import Change, Differs, Doubts, Part, ReviewEffect, Told

Value = TypeVar("Value")

# What reviewers did, as a table has it.
DID: Mapping[str, str] = MappingProxyType({
    "kept": "given label kept",
    "accepted": "suggestion accepted",
    "corrected": "corrected otherwise",
    "softened": "softened",
    "excluded": "excluded",
})  # fmt: skip
TOO_FEW = "too few to say"
NO_EDITS = (
    "“{second}” was told no review of a training sample that “{first}” was not: no edit explains "
    "where they differ."
)
NO_MORE = "“{second}” was told no review of a training sample that “{first}” was not."
UNTOLD = (
    "Reviews of training samples that “{first}” was told and “{second}” was not: {untold}. Where "
    "the two differ, these may be why."
)
EDITS = "Reviews of training samples that “{second}” was told and “{first}” was not: {edits}."
FIT = (
    "On these, {after} of the answers are as the reviewers say now, and {before} were before. A "
    "model repeats what it was told, so that this proves nothing; samples that no training saw can."
)
TURNED = (
    "Test samples that no training saw: {samples}. “{second}” answers {turned} of them otherwise "
    "than “{first}”."
)
APART = "The two differ in more than reviews: {what}. What follows is of all of that together."
Where = Mapping[Differs, str]
BY_ACTION: Where = MappingProxyType({
    "better": "Held-out samples with “{part}”: “{second}” is better by {gain} nats ({low} to "
    "{high}, n = {samples}).",
    "worse": "Held-out samples with “{part}”: “{second}” is worse by {loss} nats ({low} to "
    "{high}, n = {samples}).",
})  # fmt: skip
BY_CLASS: Where = MappingProxyType({
    "better": "Held-out samples that are “{part}”: “{second}” is better by {gain} nats ({low} to "
    "{high}, n = {samples}; {edits} edits).",
    "worse": "Held-out samples that are “{part}”: “{second}” is worse by {loss} nats ({low} to "
    "{high}, n = {samples}; {edits} edits).",
})  # fmt: skip
BY_SLICE: Where = MappingProxyType({
    "better": "Held-out samples with {column} “{part}”: “{second}” is better by {gain} nats ({low} "
    "to {high}, n = {samples}; {edits} edits).",
    "worse": "Held-out samples with {column} “{part}”: “{second}” is worse by {loss} nats ({low} "
    "to {high}, n = {samples}; {edits} edits).",
})  # fmt: skip
ONE_PAIR = (
    "One training each cannot tell where edits paid: two trainings differ by themselves, and the "
    "intervals below are over samples alone, so that most tables have a difference somewhere where "
    "edits did nothing. An experiment of these targets with {fewest} seeds or more can tell."
)
FEW_SEEDS = (
    "Where edits paid cannot be told from {seeds} seeds: it takes {fewest} or more. The intervals "
    "below say how far apart these models are."
)
NO_DIFFERENCE = (
    "In no kind of edit, class or slice with enough held-out samples do the two differ beyond "
    "chance and by as much as matters."
)
NOTHING_JUDGED = (
    "Where edits paid cannot be told: no kind of edit, class or slice has 10 held-out samples that "
    "share nothing."
)
CHOSEN = (
    "Reviewed samples are no typical ones: most were looked at because their labels were doubted. "
    "Where a model's own answers chose them, its loss on them is high by chance too, and falls in "
    "any other model (regression to the mean)."
)
HELD_OUT = (
    "Labels of held-out samples that nobody settled: {samples}. “{second}” contradicts {second_n} "
    "of them, “{first}” {first_n}, both {both}."
)
STILL = "Flagged among these are {flagged}; “{second}” contradicts {still} of the flagged ones."
TRAINED = (
    "Labels that it was trained on and nobody settled: {samples}. It contradicts {second_n} of "
    "them although it was told them; how many more it only repeats, it cannot say."
)


def did_it_change(found: ReviewEffect) -> list[str]:
    """Whether the edits changed the model, a sentence each."""
    first, second = found.names
    names = {"first": first, "second": second}
    answered = [each for each in found.told if np.isfinite(each.agrees).all()]
    without = NO_MORE if found.untold else NO_EDITS
    lines = [(EDITS if found.edits else without).format(**names, edits=f"{found.edits:,}")]
    if answered:
        count = [each.samples for each in answered]
        before, after = (
            percent(float(np.average([each.agrees[k] for each in answered], weights=count)))
            for k in (0, 1)
        )
        lines.append(FIT.format(before=before, after=after))
    if found.untold:
        lines.append(UNTOLD.format(**names, untold=f"{found.untold:,}"))
    samples, turned = f"{found.tested:,}", f"{found.turned:,.0f}"
    lines.append(TURNED.format(**names, samples=samples, turned=turned))
    if found.apart:
        lines.append(APART.format(what=", ".join(found.apart)))
    return [*lines, *found.cautions]


def where_it_paid(found: ReviewEffect) -> list[str]:
    """On which held-out samples the models differ beyond chance, a sentence each, and what may not
    be said."""
    fewest = min(FOUND_AT)
    if found.seeds < fewest:
        words = ONE_PAIR if found.seeds == 1 else FEW_SEEDS
        return [words.format(seeds=found.seeds, fewest=fewest)]
    lines = [_differing(found, each, BY_ACTION, part=DID[each.name]) for each in found.by_action]
    if any(lines):
        lines.append(CHOSEN)
    lines += [_differing(found, each, BY_CLASS) for each in found.by_class]
    for column, parts in found.by_slice.items():
        lines += [_differing(found, each, BY_SLICE, column=column) for each in parts]
    said = [line for line in lines if line]
    if not said:
        enough = any(each.differs != "few" for each in found.parts)
        return [NO_DIFFERENCE if enough else NOTHING_JUDGED]
    return said


def _differing(found: ReviewEffect, of: Part, words: Where, **named: str) -> str:
    """That the models differ on some samples; empty where that cannot be said."""
    if of.differs not in words:
        return ""
    facts = {
        "part": of.name, "second": found.names[1], "gain": f"{of.gain:.3f}",
        "loss": f"{-of.gain:.3f}", "low": f"{of.low:+.3f}", "high": f"{of.high:+.3f}",
        "samples": f"{of.samples:,}", "edits": f"{of.edits:,}",
    }  # fmt: skip
    return words[of.differs].format_map(facts | named)


def what_is_doubtful(found: ReviewEffect) -> list[str]:
    """Which labels the second model contradicts now, a sentence each."""
    held, trained = found.held_out, found.trained
    lines = []
    if held.samples:
        lines.append(HELD_OUT.format_map(_counted(found, held)))
        if held.flagged:
            lines.append(STILL.format_map(_counted(found, held)))
    if trained.samples:
        lines.append(TRAINED.format_map(_counted(found, trained)))
    return lines


def _counted(found: ReviewEffect, of: Doubts) -> dict[str, str]:
    numbers = {
        "samples": of.samples, "first_n": of.first, "second_n": of.second, "both": of.both,
        "flagged": of.flagged or 0, "still": of.still,
    }  # fmt: skip
    first, second = found.names
    return {"first": first, "second": second} | {k: f"{n:,}" for k, n in numbers.items()}


ABOUT_TABLES = (
    "Told: reviewed training samples that only “{second}” was told; of classes and slices, those "
    "whose label did not stand as given. The intervals of one table hold together in 95 % of cases."
)
ABOUT_TABLES_OF_FEW = (
    "Told: reviewed training samples that only “{second}” was told; of classes and slices, those "
    "whose label did not stand as given. The intervals are about these trained models alone: other "
    "seeds would differ by more than they allow for."
)


def about_tables(found: ReviewEffect) -> str:
    """What the columns of `parts_table` mean."""
    few = found.seeds < min(FOUND_AT)
    return (ABOUT_TABLES_OF_FEW if few else ABOUT_TABLES).format(second=found.names[1])


def told_table(told: Sequence[Told]) -> dict[str, list[str]]:
    """What became of training samples, by column; a column that would be empty is left out."""
    turned = ["" if np.isnan(each.turned) else f"{each.turned:,.0f}" for each in told]
    columns = {
        "Reviewers": [DID[each.action] for each in told],
        "Samples": [f"{each.samples:,}" for each in told],
        "Answer changed": turned,
        "As reviewers say": [_from_to(each.agrees, percent) for each in told],
        "Loss, nats": [_from_to(each.loss, "{:.2f}".format) for each in told],
    }
    return {name: cells for name, cells in columns.items() if any(cells)}


def parts_table(
    parts: Sequence[Part], kind: str, names: Mapping[str, str] | None = None
) -> dict[str, list[str]]:
    """What differs on held-out samples, by column; of too few, nothing but how many.

    Parameters
    ----------
    kind : what the parts are, the heading of the first column.
    names : what each is called; itself where None.
    """
    names = names or {}
    few = [each.differs == "few" for each in parts]
    right = [_from_to(each.agrees, percent) for each in parts]
    gain = [f"{each.gain:+.3f} ({each.low:+.3f} to {each.high:+.3f})" for each in parts]
    return {
        kind: [names.get(each.name, each.name) for each in parts],
        "Told": [f"{each.edits:,}" for each in parts],
        "Held-out samples": [f"{each.samples:,}" for each in parts],
        "Right": ["" if out else said for out, said in zip(few, right, strict=True)],
        "Gain in loss, nats": [
            TOO_FEW if out else said for out, said in zip(few, gain, strict=True)
        ],
    }  # fmt: skip


def changes_table(changes: Sequence[Change], ids: Callable[[int], str]) -> dict[str, list[str]]:
    """What became of reviewed samples, by column.

    Parameters
    ----------
    ids : the id of a row.
    """
    return {
        "id": [ids(each.row) for each in changes],
        "Reviewers": [DID[each.action] for each in changes],
        "Part": [each.part for each in changes],
        "Told": ["yes" if each.told else "no" for each in changes],
        "Answer": [_from_to(each.answers, ", ".join) for each in changes],
        "Loss, nats": [_from_to(each.loss, "{:.2f}".format) for each in changes],
        "Contradicts the given label": [
            _from_to(each.denied, lambda said: "yes" if said else "no") for each in changes
        ],
    }


def _from_to(both: tuple[Value, Value], words: Callable[[Value], str]) -> str:
    """What it was and what it became; empty where it is no number, once where it stayed."""
    if any(isinstance(each, float) and np.isnan(each) for each in both):
        return ""
    first, second = map(words, both)
    return first if first == second else f"{first} → {second}"
