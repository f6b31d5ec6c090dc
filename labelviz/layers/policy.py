"""Policy: the layers that make a target of a label, in order, and how they are written.

`layer + layer + ...`, for example `dynamic:max=0.2 + people:doubt=0.5 + duplicates`. It begins with
`hard` where it names no base, and reviewers' classes are hard where it names no `people`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from labelviz.core.settings import HARD
from labelviz.errors import TargetsRefused, in_words
from labelviz.layers.known import KINDS
from labelviz.layers.layer import (
    QUOTED,
    STAGES,
    Layer,
    LayerKind,
    Need,
    Stage,
    by_default,
    read_layer,
)

SOFT, PEOPLE = "given", "people"
STARTS = (HARD, SOFT, "votes")  # the bases that others build on; one of them is enough
BETWEEN = re.compile(rf"((?:{QUOTED}|[^+\"])*)(?:\+|$)")
# What a policy meant before people were surer than LLMs: their class was softened alike.
SOFTENED_ALIKE = "people:doubt=1"


@dataclass(frozen=True)
class Policy:
    """Layers, in the order of their stages, as they were named."""

    layers: tuple[Layer, ...]

    @cached_property
    def whole(self) -> tuple[Layer, ...]:
        """All layers, those among them that nobody has to name."""
        named = {each.kind.name for each in self.layers}
        before = () if named & set(STARTS) else (by_default(KINDS[HARD]),)
        after = () if PEOPLE in named else (by_default(KINDS[PEOPLE]),)
        return _in_order((*before, *self.layers, *after))

    @property
    def needs(self) -> frozenset[Need]:
        """What its layers may look at."""
        return frozenset(need for each in self.layers for need in each.kind.needs)

    @property
    def people(self) -> Layer:
        """What becomes of what reviewers say."""
        return next(each for each in self.whole if each.kind.name == PEOPLE)

    def of(self, *stages: Stage) -> tuple[Layer, ...]:
        """The layers of some stages."""
        return tuple(each for each in self.whole if each.kind.stage in stages)

    def has(self, name: str) -> bool:
        """Whether a kind of layer is among them."""
        return any(each.kind.name == name for each in self.whole)

    @property
    def moves(self) -> bool:
        """Whether a layer makes something else of labels than what they are."""
        moving = self.of("base", "posterior", "shape")
        return any(each.kind.name not in (HARD, SOFT) for each in moving)

    def __str__(self) -> str:
        said = [each for each in self.layers if not _unsaid(each)]
        return " + ".join(map(str, said)) or HARD


def parse_policy(text: str) -> Policy:
    """Read `layer + layer + ...`; layers are put in the order of their stages.

    Raises
    ------
    TargetsRefused : no such layer or setting, a value out of range, or a layer named twice.
    """
    parts = [part.strip() for part in _split(text)]
    layers = tuple(_layer(part) for part in parts)
    names = [each.kind.name for each in layers]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise TargetsRefused(
            f"The layer {in_words(twice)} is named twice.", remedy="Name every layer once."
        )
    starts = [name for name in names if name in STARTS]
    if len(starts) > 1:
        raise TargetsRefused(
            f"A target begins with one of {in_words(starts)}, and not with both.",
            remedy=f"Name one of {', '.join(STARTS)}.",
        )
    return Policy(_in_order(layers))


def parse_old_policy(text: str, *, pool: bool) -> Policy:
    """What a policy means that was set before it had layers: people's classes softened alike.

    Parameters
    ----------
    pool : whether disputed samples got the mean of all answers.
    """
    if pool:
        return parse_policy(f"{text} + {SOFTENED_ALIKE},disputed=pooled")
    return parse_policy(text if text == HARD else f"{text} + {SOFTENED_ALIKE}")


def _split(text: str) -> list[str]:
    found, place = [], 0
    while place <= len(text):
        match = BETWEEN.match(text, place)
        if match is None:
            raise TargetsRefused(
                "A double quote is not closed.", where=f"policy {text!r}", remedy="Close it."
            )
        found.append(match[1])
        if match.end() == len(text) and not match[0].endswith("+"):
            return found
        place = match.end()
    return found


def _layer(text: str) -> Layer:
    name, _, settings = text.partition(":")
    kind: LayerKind | None = KINDS.get(name.strip())
    if kind is None:
        raise TargetsRefused(
            f"There is no layer {name.strip()!r}.", remedy=f"Choose among {', '.join(KINDS)}."
        )
    return read_layer(kind, settings)


def _in_order(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    return tuple(sorted(layers, key=lambda each: STAGES.index(each.kind.stage)))


def _unsaid(layer: Layer) -> bool:
    """Whether a layer is there without being named."""
    return layer.kind.name == HARD or (
        layer.kind.name == PEOPLE and layer == by_default(layer.kind)
    )
