"""Zero-shot classification of `transformers`: candidate labels and their scores, best first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from labelviz.tables.columns import Columns
from labelviz.tables.formats.format import Format, Made

LABELS, SCORES = "labels", "scores"


def fits(_: Collection[str], first: Mapping[str, Any]) -> bool:
    """Lists of as many labels as scores."""
    return _scored(first) is not None


def read(rows: Sequence[tuple[int, dict[str, Any]]]) -> Made:
    """The scores by label, which are a soft label."""
    made = Made(meant=Columns(soft=(LABELS,)))
    for line, row in rows:
        scored = _scored(row)
        if scored is None:
            made.set_aside(line, LABELS, "has not as many labels as scores", str(row.get(LABELS)))
        else:
            rest = {name: value for name, value in row.items() if name != SCORES}
            made.add(line, {**rest, LABELS: scored})
    return made


def _scored(row: Mapping[str, Any]) -> dict[str, float] | None:
    labels, scores = row.get(LABELS), row.get(SCORES)
    if not isinstance(labels, list) or not isinstance(scores, list) or len(labels) != len(scores):
        return None
    named = all(isinstance(each, str) for each in labels) and len(set(labels)) == len(labels)
    numbers = all(isinstance(each, int | float) and 0 <= each <= 1 for each in scores)
    return dict(zip(labels, scores, strict=True)) if labels and named and numbers else None


ZERO_SHOT = Format("transformers", fits, read)
