"""Probabilities as one bar per class, in the class's colour."""

from __future__ import annotations

import numpy as np

from labelviz.charts.palette import class_colour
from labelviz.core.arrays import Floats
from labelviz.ui.components import literal

MOST = 8


def markup(classes: tuple[str, ...], values: Floats) -> str:
    """Bars of (K,) values in class order; of many classes only the largest."""
    chosen = sorted(np.argsort(-np.nan_to_num(values), kind="stable")[:MOST])
    return "".join(_bar(classes[k], int(k), float(values[k])) for k in chosen)


def _bar(name: str, k: int, value: float) -> str:
    width = 0 if np.isnan(value) else 100 * value
    number = "?" if np.isnan(value) else f"{value:.2f}"
    return (
        f'<div class="lv-row"><span class="lv-name" title="{literal.escaped(name)}">'
        f'{literal.escaped(name)}</span><div class="lv-track"><div class="lv-fill" '
        f'style="width:{width:.1f}%;background:{class_colour(k)}"></div></div>'
        f'<span class="lv-number">{number}</span></div>'
    )
