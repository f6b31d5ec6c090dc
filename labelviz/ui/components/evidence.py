"""The evidence on a sample: who says what, what the model thinks, and why it is suspicious."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from labelviz.core.arrays import Integers
from labelviz.core.distributions import SampleRelation
from labelviz.reviewing import Card
from labelviz.reviewing.card import label_row
from labelviz.ui.components import bars, literal, reasons
from labelviz.ui.components.history import names

MODEL_WORDS: dict[SampleRelation, str] = {
    "out-of-fold": "Model, not trained on this sample",
    "in-sample": "Model, trained on this very sample: it repeats what it was told",
    "leaking": "Model, not trained on this sample, but on others of its group",
    "unknown": "Model; whether it was trained on this sample is not known",
}
HIDDEN = "Blind: choose first, then see what the others say."
NOT_CHECKED = "not checked: no flags yet"
NO_MODEL = "The model has not been asked yet: no probabilities."
SAME_OPINION = 4  # with more annotators than this, they are listed by what they say


def markup(card: Card, source: str) -> str:
    """Everything known about a sample besides its texts.

    Parameters
    ----------
    source : the column that the given label comes from.
    """
    if card.hidden:
        return f'<p class="lv-quiet">{literal.escaped(HIDDEN)}</p>'
    rows = "".join(
        f'<span class="lv-quiet">{name}</span><span>{value}</span>'
        for name, value in (map(literal.escaped, fact) for fact in _facts(card, source))
    )
    suspicion = card.desk.suspicion
    said = "" if suspicion is None else reasons.markup(suspicion, card.row)
    return f'<div class="lv-facts">{rows}</div>{said}{_model(card)}'


def _facts(card: Card, source: str) -> Iterable[tuple[str, str]]:
    dataset, row = card.dataset, card.row
    yield f"Given ({source})", names(card.given)
    confidence = dataset.confidence
    if confidence is not None and not np.isnan(confidence[row]):
        yield "Its stated confidence", f"{confidence[row]:.2f}"
    yield from _opinions(card, dataset.annotators)
    if dataset.votes is not None and dataset.votes[row].any():
        counts = zip(dataset.classes, dataset.votes[row], strict=True)
        yield "Votes", ", ".join(f"{name} {count}" for name, count in counts if count)
    suspicion = card.desk.suspicion
    if suspicion is None:
        yield "Suspicion", NOT_CHECKED
    else:
        score = f"{suspicion.score[row]:.2f}"
        yield "Suspicion", f"{score}, flagged" if suspicion.flagged[row] else score
        if card.suggested != card.given:
            yield "Suggested", names(card.suggested)
    for name, values in dataset.slices.items():
        yield name, values[row]
    for each in card.notes:
        yield f"Note by {each.reviewer}", each.note


def _opinions(card: Card, annotators: Mapping[str, Integers]) -> Iterable[tuple[str, str]]:
    said = {
        name: names(card.dataset.label_names(labels, card.row))
        for name, labels in annotators.items()
        if label_row(card.dataset, labels, card.row) is not None
    }
    if len(said) <= SAME_OPINION:
        yield from said.items()
        return
    for opinion in dict.fromkeys(said.values()):
        yield opinion, ", ".join(name for name, each in said.items() if each == opinion)


def _model(card: Card) -> str:
    probabilities = card.desk.probabilities
    if probabilities is None:
        return f'<p class="lv-quiet">{literal.escaped(NO_MODEL)}</p>'
    origin = probabilities.provenance
    alarm = origin.alarm.sentence if origin.alarm is not None and origin.in_doubt else ""
    words = "".join(
        f'<div class="lv-quiet">{literal.escaped(each)}</div>'
        for each in (MODEL_WORDS[origin.relation], alarm)
        if each
    )
    dataset = card.dataset
    given = dataset.label_names(dataset.given, card.row)
    return words + bars.markup(dataset.classes, probabilities.values[card.row], given)
