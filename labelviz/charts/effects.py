"""Effects: what each set of targets changed, seed by seed, with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelviz.charts.palette import ACCENT, QUIET
from labelviz.charts.style import styled
from labelviz.charts.text import literal
from labelviz.core.experiment import Outcome

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def effects_figure(found: Outcome) -> Figure:
    """The differences by F1 in points, above 0 where a set is better than the first."""
    import plotly.graph_objects as go

    figure = go.Figure()
    others = found.arms[1:]
    figure.add_vline(x=0, line={"color": QUIET, "width": 1})
    for arm in others:
        effect, name = arm.effects[0], literal(arm.name)
        figure.add_scatter(
            x=[100 * each for each in effect.by_seed], y=[name] * len(effect.by_seed),
            mode="markers", marker={"color": QUIET, "size": 7}, showlegend=False,
            hovertemplate="%{x:.2f} points<extra></extra>",
        )  # fmt: skip
        figure.add_scatter(
            x=[100 * effect.difference], y=[name], mode="markers", showlegend=False,
            marker={"color": ACCENT, "size": 11, "symbol": "diamond"},
            error_x={
                "type": "data", "symmetric": False, "color": ACCENT,
                "array": [100 * (effect.high - effect.difference)],
                "arrayminus": [100 * (effect.difference - effect.low)],
            },
            hovertemplate="%{x:.2f} points<extra></extra>",
        )  # fmt: skip
    metric = others[0].effects[0].metric if others else ""
    figure.update_yaxes(automargin=True)
    against = f"{metric}, points against “{literal(found.arms[0].name)}”"
    return styled(figure, x=against, y="", height=120 + 44 * len(others))
