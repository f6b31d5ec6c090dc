from __future__ import annotations

import pytest

from labelviz.charts.runs import Curves, curves_figure, learning_curves, metrics_figure, wins
from labelviz.core.comparison import Comparison
from labelviz.core.metrics import Metric

LOG = [
    {"step": 20, "epoch": 2.0, "train_nll": 0.2, "selection_nll": 0.7},
    {"step": 10, "epoch": 1.0, "train_nll": 0.5, "selection_nll": 0.6},
    {"step": 5, "epoch": 0.5, "train_nll": 0.9},
]


def comparison(first: tuple[float, float], second: tuple[float, float]) -> Comparison:
    def metrics(values: tuple[float, float]) -> tuple[Metric, ...]:
        return (
            Metric("accuracy", values[0], True, ""),
            Metric("NLL", values[1], False, ""),
        )

    return Comparison(("<b>a</b>", "b"), (metrics(first), metrics(second)), "given", 30)


def test_curves_are_in_the_order_of_epochs():
    curves = learning_curves(LOG)
    assert curves.train == ((0.5, 0.9), (1.0, 0.5), (2.0, 0.2))
    assert curves.validation == ((1.0, 0.6), (2.0, 0.7))


def test_overfitting_is_the_rise_after_the_best():
    curves = learning_curves(LOG)
    assert curves.best == (1.0, 0.6)
    assert curves.rise == pytest.approx(0.1)
    assert curves.top == 0.9


def test_a_run_without_evaluations_has_no_best():
    assert Curves((), ()).best is None
    assert Curves((), ()).rise == 0
    assert len(curves_figure(Curves((), ()), 1.0).data) == 2


def test_the_best_epoch_is_marked():
    train, validation, best = curves_figure(learning_curves(LOG), 1.0).data
    assert list(train.y) == [0.9, 0.5, 0.2]
    assert list(validation.x) == [1.0, 2.0]
    assert (best.x[0], best.y[0]) == (1.0, 0.6)


def test_lower_is_better_for_losses():
    assert wins(comparison((0.8, 0.5), (0.9, 0.4))) == (0, 2)
    assert wins(comparison((0.8, 0.5), (0.9, 0.6))) == (1, 1)
    assert wins(comparison((0.8, 0.5), (0.8, 0.5))) == (0, 0)


def test_bars_show_both_runs_and_which_way_is_better():
    figure = metrics_figure(comparison((0.8, 0.5), (0.9, 0.4)))
    first, second = figure.data
    assert list(first.y) == [0.8, 0.5]
    assert list(second.y) == [0.9, 0.4]
    assert first.name == "&lt;b&gt;a&lt;/b&gt;"
    assert figure.layout.xaxis.ticktext == (
        "accuracy<br>higher is better",
        "NLL<br>lower is better",
    )
