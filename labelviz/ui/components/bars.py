"""Probabilities as one bar per class, in the class's colour."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from labelviz.charts.palette import class_colour
from labelviz.core.arrays import Floats
from labelviz.ui.components import literal

MOST = 8


def markup(classes: tuple[str, ...], values: Floats, given: Collection[str] = ()) -> str:
    """Bars of (K,) values in class order; of many classes the largest and the given ones.

    What the others have at most is said below them.
    """
    known = np.nan_to_num(values)
    largest = np.argsort(-known, kind="stable")[:MOST].tolist()
    chosen = {*largest, *(k for k, name in enumerate(classes) if name in given)}
    drawn = "".join(_bar(classes[k], k, float(values[k])) for k in sorted(chosen))
    others = [float(known[k]) for k in range(len(classes)) if k not in chosen]
    if not others:
        return drawn
    words = f"{len(others):,} more, none above {max(others):.2f}"
    return f'{drawn}<div class="lv-quiet">{words}</div>'


def _bar(name: str, k: int, value: float) -> str:
    width = 0 if np.isnan(value) else 100 * value
    number = "?" if np.isnan(value) else f"{value:.2f}"
    return (
        f'<div class="lv-row"><span class="lv-name" title="{literal.escaped(name)}">'
        f'{literal.escaped(name)}</span><div class="lv-track"><div class="lv-fill" '
        f'style="width:{width:.1f}%;background:{class_colour(k)}"></div></div>'
        f'<span class="lv-number">{number}</span></div>'
    )
