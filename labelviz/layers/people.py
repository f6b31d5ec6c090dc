"""People: what reviewers say goes before everything that labels and models say.

A reviewer's own target stands as it was set, and so does the certainty it was given with. A class
that a reviewer kept or chose is hard: people are surer than LLMs. How it is done, sample by sample,
is in `labelviz.layers.decided`; here is what can be chosen.
"""

from __future__ import annotations

from labelviz.layers.ground import Ground
from labelviz.layers.layer import Amount, Layer, LayerKind, OneOf, Working


def _apply(working: Working, _: Layer, __: Ground) -> Working:
    return working


KIND = LayerKind(
    "people", "people", "What reviewers say",
    "A reviewer's own target as it was set; a class a reviewer kept or chose as hard, or softened.",
    _apply,
    settings={
        "doubt": Amount(
            0.0, 0.0, 1.0,
            "part of the softness of an LLM's label that a reviewer's class gets: 0 hard, 1 alike",
        ),
        "lean": Amount(
            0.0, 0.0, 1.0, "part of the policy's own target mixed into one a reviewer set"
        ),
        "disputed": OneOf(
            {"left": "as if nobody had decided", "pooled": "the mean of all answers"},
            "what becomes of samples that people dispute",
        ),
    },
)  # fmt: skip
