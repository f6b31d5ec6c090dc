from __future__ import annotations

import pytest

from labelviz.charts.runs import Curves, curves_figure, learning_curves

LOG = [
    {"step": 20, "epoch": 2.0, "train_nll": 0.2, "selection_nll": 0.7},
    {"step": 10, "epoch": 1.0, "train_nll": 0.5, "selection_nll": 0.6},
    {"step": 5, "epoch": 0.5, "train_nll": 0.9},
]


def test_curves_are_in_the_order_of_epochs():
    curves = learning_curves(LOG)
    assert curves.train == ((0.5, 0.9), (1.0, 0.5), (2.0, 0.2))
    assert curves.validation == curves.selection == ((1.0, 0.6), (2.0, 0.7))
    assert not curves.kl


def test_losses_are_drawn_without_their_floors_and_the_best_is_the_one_that_was_kept():
    log = [
        {"epoch": 1.0, "train_kl": 0.3, "validation_kl": 0.5, "selection_nll": 0.6},
        {"epoch": 2.0, "train_kl": 0.1, "validation_kl": 0.4, "selection_nll": 0.7},
    ]
    curves = learning_curves(log)
    assert (curves.train, curves.validation) == (((1, 0.3), (2, 0.1)), ((1, 0.5), (2, 0.4)))
    assert (curves.best, curves.kept, curves.kl) == ((1, 0.6), (1, 0.5), True)
    *_, best = curves_figure(curves, 1.0).data
    assert (best.x[0], best.y[0]) == (1, 0.5)


def test_overfitting_is_the_rise_after_the_best():
    curves = learning_curves(LOG)
    assert curves.best == (1.0, 0.6)
    assert curves.rise == pytest.approx(0.1)
    assert curves.top == 0.9


def test_a_run_without_evaluations_has_no_best():
    assert Curves((), (), ()).best is None
    assert Curves((), (), ()).rise == 0
    assert len(curves_figure(Curves((), (), ()), 1.0).data) == 2


def test_the_best_epoch_is_marked():
    train, validation, best = curves_figure(learning_curves(LOG), 1.0).data
    assert list(train.y) == [0.9, 0.5, 0.2]
    assert list(validation.x) == [1.0, 2.0]
    assert (best.x[0], best.y[0]) == (1.0, 0.6)
