"""Known: every kind of layer, by name, in the order they stand in."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from labelviz.layers import (
    asymmetric,
    balance,
    bootstrap,
    confidence,
    doubt,
    duplicates,
    dynamic,
    given,
    hard,
    people,
    relabel,
    slices,
    smooth,
    spread,
    teacher,
    thin,
    transition,
    votes,
)
from labelviz.layers.layer import LayerKind

IN_ORDER = (
    hard, given, votes, relabel,
    transition, bootstrap, teacher,
    smooth, asymmetric, dynamic, slices, confidence, spread,
    people,
    doubt, thin, duplicates, balance,
)  # fmt: skip
KINDS: Mapping[str, LayerKind] = MappingProxyType({each.KIND.name: each.KIND for each in IN_ORDER})
