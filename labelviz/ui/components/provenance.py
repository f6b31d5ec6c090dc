"""Where probabilities come from, in words."""

from __future__ import annotations

from labelviz.core.distributions import Provenance, SampleRelation
from labelviz.ui.components import notice

SHORT: dict[SampleRelation, str] = {
    "out-of-fold": "out-of-fold",
    "in-sample": "in-sample",
    "leaking": "folds split groups",
    "unknown": "unknown origin",
}
SENTENCE: dict[SampleRelation, str] = {
    "out-of-fold": "Each sample was scored by a model that had not seen it.",
    "in-sample": (
        "The model was trained on these samples: it repeats their errors, "
        "so it cannot find most of them. Cross-validation can."
    ),
    "leaking": (
        "Each sample was scored by a model that had not seen it, but had seen others of its group. "
        "Cross-validate again to keep the groups together."
    ),
    "unknown": "Nobody recorded whether the model was trained on these samples.",
}


STATED = "stated to be out-of-fold"
STATED_SENTENCE = (
    "Whoever brought these probabilities stated that the model never saw the labels; nobody looked."
)


def short(provenance: Provenance) -> str:
    """How the samples relate to the model's training, in a few words."""
    return STATED if provenance.stated else SHORT[provenance.relation]


def sentence(provenance: Provenance) -> str:
    """What these probabilities are worth, in one or two sentences."""
    if provenance.stated:
        return STATED_SENTENCE
    if provenance.relation == "unknown" and provenance.alarm is not None:
        return provenance.alarm.sentence
    return SENTENCE[provenance.relation]


def show(provenance: Provenance) -> None:
    """Say where probabilities come from; loudly where the model knows the labels, or seems to."""
    words = sentence(provenance)
    if provenance.told:
        notice.warning(words, "in-sample")
    else:
        notice.quiet(words)
