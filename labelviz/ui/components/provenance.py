"""Where probabilities come from, in words."""

from __future__ import annotations

from labelviz.core.distributions import SampleRelation

SHORT: dict[SampleRelation, str] = {
    "out-of-fold": "out-of-fold",
    "held-out": "held out",
    "in-sample": "in-sample",
    "unknown": "unknown origin",
}
SENTENCE: dict[SampleRelation, str] = {
    "out-of-fold": "Each sample was scored by a model that had not seen it.",
    "held-out": "The model was not trained on these samples.",
    "in-sample": (
        "The model was trained on these samples: it repeats their errors, "
        "so it cannot find most of them. Cross-validation can."
    ),
    "unknown": "Nobody recorded whether the model was trained on these samples.",
}
