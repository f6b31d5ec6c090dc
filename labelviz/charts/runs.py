"""Training runs: learning curves that show overfitting, and metrics side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labelviz.charts.palette import ACCENT, ALARM, QUIET
from labelviz.charts.style import styled

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Curves:
    """Loss by epoch, ascending, in nats.

    Parameters
    ----------
    train, validation : KL against the targets, which is the loss without its floor; of an older run
        NLL against labels.
    selection : NLL of the validation samples against the labels after review, by which training
        stops.
    kl : whether it is KL.
    """

    train: Points
    validation: Points
    selection: Points
    kl: bool = True

    @property
    def best(self) -> tuple[float, float] | None:
        """The point with the lowest loss by which training stops; the first of equals."""
        return min(self.selection, key=lambda point: point[1], default=None)

    @property
    def kept(self) -> tuple[float, float] | None:
        """The validation point at the best epoch."""
        found = None if self.best is None else dict(self.validation).get(self.best[0])
        return None if found is None or self.best is None else (self.best[0], found)

    @property
    def rise(self) -> float:
        """By how much the last loss by which training stops lies above the best."""
        return self.selection[-1][1] - self.best[1] if self.best else 0.0

    @property
    def top(self) -> float:
        """The highest loss that is drawn."""
        return max((loss for _, loss in (*self.train, *self.validation)), default=1.0)


def learning_curves(log: Iterable[Mapping[str, Any]]) -> Curves:
    """The curves in the rows of a run's log; a row without a loss adds no point."""
    rows = list(log)
    selection = _points(rows, "selection_nll")
    if any(row.get("validation_kl") is not None for row in rows):
        return Curves(_points(rows, "train_kl"), _points(rows, "validation_kl"), selection)
    return Curves(_points(rows, "train_nll"), selection, selection, kl=False)


def _points(rows: list[Mapping[str, Any]], key: str) -> Points:
    points = [
        (float(row["epoch"]), float(row[key]))
        for row in rows
        if row.get("epoch") is not None and row.get(key) is not None
    ]
    return tuple(sorted(points))


def curves_figure(curves: Curves, top: float) -> Figure:
    """Train and validation loss with the best epoch marked.

    Parameters
    ----------
    top : upper end of the loss axis, the same for runs that are compared.
    """
    import plotly.graph_objects as go

    figure, unit = go.Figure(), "KL" if curves.kl else "NLL"
    for name, points, colour in (
        ("Train", curves.train, QUIET),
        ("Validation", curves.validation, ACCENT),
    ):
        figure.add_scatter(
            x=[epoch for epoch, _ in points], y=[loss for _, loss in points], name=name,
            mode="lines+markers", line={"color": colour, "width": 2}, marker={"size": 5},
            hoverinfo="text",
            hovertext=[f"{name}<br>Epoch {epoch:g}<br>{unit} {loss:.3f}" for epoch, loss in points],
        )  # fmt: skip
    if curves.kept is not None:
        epoch, loss = curves.kept
        figure.add_scatter(
            x=[epoch], y=[loss], mode="markers", name="Best",
            marker={"size": 12, "symbol": "circle-open", "color": ALARM, "line": {"width": 2}},
            hoverinfo="text", hovertext=[f"Best<br>Epoch {epoch:g}<br>{unit} {loss:.3f}"],
        )  # fmt: skip
    words = "KL against the targets" if curves.kl else "NLL"
    styled(figure, x="Epoch", y=f"{words} (nats, lower is better)", height=300)
    return figure.update_yaxes(range=[0, top * 1.08])
