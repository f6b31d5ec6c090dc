"""How many samples each class has by the given labels, by the model and by the targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from labelviz.charts.doors import door
from labelviz.charts.palette import QUIET, class_colours
from labelviz.charts.style import click_area, named_ticks, styled
from labelviz.charts.text import literal
from labelviz.core.arrays import Floats
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.distributions import Probabilities, Targets
from labelviz.core.queue import Queue

if TYPE_CHECKING:
    from plotly.graph_objects import Bar, Figure

# Name, pattern and opacity; the colour is the class's.
SERIES = (("Given labels", "", 1.0), ("Model", "/", 1.0), ("Targets", "", 0.45))


@dataclass(frozen=True, eq=False)
class ClassMass:
    """Mass per class, in samples.

    Parameters
    ----------
    classes : K names.
    given : (K,) counts of given labels.
    model : (K,) sums of probabilities; None where there are none.
    targets : (K,) sums of targets over the samples that are trained on.
    """

    classes: tuple[str, ...]
    given: Floats
    model: Floats | None
    targets: Floats

    @property
    def largest_gap(self) -> tuple[int, float] | None:
        """The class whose model mass differs most from its given count, and by how much."""
        if self.model is None or not len(self.classes):
            return None
        gap = self.model - self.given
        k = int(np.abs(gap).argmax())
        return k, float(gap[k])


def class_mass(
    dataset: Dataset, probabilities: Probabilities | None, targets: Targets
) -> ClassMass:
    """Add up labels, probabilities and targets by class."""
    if dataset.multilabel:
        given = (dataset.given == 1).sum(axis=0)
    else:
        present = dataset.given[dataset.given != MISSING]
        given = np.bincount(present, minlength=dataset.n_classes)
    known = np.nan_to_num(targets.values) if dataset.multilabel else targets.values
    return ClassMass(
        classes=dataset.classes,
        given=given.astype(np.float64),
        model=None if probabilities is None else probabilities.values.sum(axis=0),
        targets=(targets.weight > 0).astype(np.float64) @ known,
    )


def class_mass_figure(mass: ClassMass) -> Figure:
    """Grouped bars by class; a given bar and a target bar lead to the samples given that class."""
    import plotly.graph_objects as go

    series = (mass.given, mass.model, mass.targets)
    shown = [
        (look, values) for look, values in zip(SERIES, series, strict=True) if values is not None
    ]
    colours = class_colours(len(mass.classes))
    figure = go.Figure()
    width = 0.8 / len(shown)
    for place, ((name, pattern, opacity), values) in enumerate(shown):
        at = np.arange(len(mass.classes), dtype=np.float64) - 0.4 + (place + 0.5) * width
        look = {"pattern": {"shape": pattern, "fillmode": "replace", "size": 5}, "opacity": opacity}
        figure.add_bar(
            x=at, y=values, width=width * 0.92, showlegend=False, hoverinfo="skip",
            marker={"color": colours, **look}, text=_numbers(values), textposition="outside",
            textangle=0, cliponaxis=False,
        )  # fmt: skip
        figure.add_bar(
            x=[None], y=[None], name=name, opacity=opacity,
            marker={"color": QUIET, "pattern": look["pattern"]},
        )  # fmt: skip
        figure.add_trace(_area(mass, name, values, at, width))
    figure.update_layout(barmode="overlay")
    styled(figure, x="Class", y="Samples", height=320)
    figure.update_yaxes(tickformat=",")
    return figure.update_xaxes(named_ticks([literal(name) for name in mass.classes]))


def _numbers(values: Floats) -> list[str]:
    """Counts above the bars, as long as there is room for them."""
    return [f"{value:,.0f}" if len(values) <= 8 else "" for value in values]


def _area(mass: ClassMass, name: str, values: Floats, at: Floats, width: float) -> Bar:
    by_model = name == "Model"
    return click_area(
        at.tolist(),
        max(float(each.max()) for each in (mass.given, mass.targets, values)),
        [
            f"{literal(c)}<br>{name}: {value:,.1f} samples"
            for c, value in zip(mass.classes, values, strict=True)
        ],
        [
            door(Queue(show="all", predicted=c) if by_model else Queue(show="all", given=c))
            for c in mass.classes
        ],
        width=width,
    )
