"""Trade-off: precision, recall and F1 of a class by the threshold from which it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelviz.charts.palette import ACCENT, ALARM, QUIET
from labelviz.charts.style import styled
from labelviz.core.thresholds import Tradeoff

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def tradeoff_figure(curve: Tradeoff, threshold: float) -> Figure:
    """Three lines over the threshold, and where it stands."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for name, values, colour, width in (
        ("Precision", curve.precision, QUIET, 1.5),
        ("Recall", curve.recall, "#e69f00", 1.5),
        ("F1", curve.f1, ACCENT, 3),
    ):
        figure.add_scatter(
            x=curve.threshold, y=values, name=name, mode="lines",
            line={"color": colour, "width": width, "shape": "vh"},
            hovertemplate=f"{name} %{{y:.3f}} from %{{x:.3f}} on<extra></extra>",
        )  # fmt: skip
    figure.add_vline(x=threshold, line={"color": ALARM, "width": 1, "dash": "dash"})
    styled(figure, x="Threshold on the probability", y="Share", height=320)
    figure.update_yaxes(range=[0, 1.02], tickformat=".1f")
    return figure.update_xaxes(range=[0, 1], dtick=0.1, tickformat=".1f")
