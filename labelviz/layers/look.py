"""Look: how one sample's target came about, layer by layer, in numbers and in words."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from labelviz.core.arrays import Floats
from labelviz.core.decisions import Review
from labelviz.core.distributions import REVIEWER
from labelviz.layers.decided import settled
from labelviz.layers.making import SAME, Making

LABEL = "given"
SHOWN = 0.005  # shares below which a class is not named
MOST_NAMED = 3  # cells that are named of several labels


@dataclass(frozen=True, eq=False)
class Link:
    """One step of a chain.

    Parameters
    ----------
    name : the layer, or who had the last word.
    row : (K,) the target after it.
    weight : the loss weight after it.
    why : what it went by, in words; empty where there is nothing to say.
    """

    name: str
    row: Floats
    weight: float
    why: str = ""


def chain(making: Making, review: Review, sample: str) -> tuple[Link, ...]:
    """From the label as it is, through each layer that changed it, to people's last word."""
    dataset = making.dataset
    row = dataset.rows[sample]
    start = making.start(np.array([row]))
    found = [Link(LABEL, start.hard[0], float(start.weight[0]))]
    for layer, values, weight in making.steps(row):
        if not _same(found[-1], values, weight):
            why = layer.kind.why(layer, making.ground, row)
            found.append(Link(layer.kind.name, values, weight, why))
    people = settled(making, review, sample)
    if people is not None:
        decision = review.agreed(sample)
        who = decision.reviewer if decision is not None and people.source == REVIEWER else ""
        found.append(Link(people.source, people.row, people.weight, who))
    return tuple(found)


def chain_words(chain: tuple[Link, ...], classes: tuple[str, ...], *, multilabel: bool) -> str:
    """A chain on one line, such as `given same 1.00 -> dynamic 0.86 (hard: margin 0.11)`.

    Of one label it follows the class the label begins with, and names another one where that gets
    on top; of several it names the cells that changed.
    """
    said = [_first(chain[0], classes, multilabel=multilabel)]
    for before, link in pairwise(chain):
        parts = [link.name]
        if not _same_row(before.row, link.row) or link.weight == before.weight:
            parts += _cells(before, link, classes) if multilabel else _top(chain[0], link, classes)
        if abs(link.weight - before.weight) > SAME:
            parts.append(f"weight {link.weight:.2f}")
        said.append(" ".join(parts) + (f" ({link.why})" if link.why else ""))
    return " -> ".join(said)


def _first(link: Link, classes: tuple[str, ...], *, multilabel: bool) -> str:
    if multilabel:
        on = [name for name, value in zip(classes, link.row, strict=True) if value == 1]
        return f"{link.name} {', '.join(on) or 'none of them'}"
    if link.row.max() < 1:
        return f"{link.name} nothing"
    return f"{link.name} {classes[int(link.row.argmax())]} 1.00"


def _top(first: Link, link: Link, classes: tuple[str, ...]) -> list[str]:
    start, top = int(first.row.argmax()), int(link.row.argmax())
    other = top != start or first.row.max() < 1
    return [*([classes[top]] if other else []), f"{link.row[top]:.2f}"]


def _cells(before: Link, link: Link, classes: tuple[str, ...]) -> list[str]:
    change = np.abs(np.nan_to_num(link.row, nan=0.5) - np.nan_to_num(before.row, nan=0.5))
    rank = np.where(np.nan_to_num(link.row) > 0.5, 1, 0) + change
    first = np.argsort(-rank, kind="stable")[:MOST_NAMED]
    shown = [k for k in sorted(first) if change[k] > SHOWN or np.nan_to_num(link.row[k]) > 0.5]
    return [", ".join(f"{classes[k]} {link.row[k]:.2f}" for k in shown)]


def _same(link: Link, row: Floats, weight: float) -> bool:
    return _same_row(link.row, row) and abs(link.weight - weight) <= SAME


def _same_row(one: Floats, other: Floats) -> bool:
    return np.allclose(one, other, rtol=0, atol=SAME, equal_nan=True)
