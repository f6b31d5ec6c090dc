from __future__ import annotations

import numpy as np

from labelviz.core.arrays import strings
from labelviz.core.dataset import MISSING
from labelviz.core.draws import Draws
from labelviz.core.evidence import control_order
from labelviz.core.rates import rates
from tests.conftest import dataset_of


def drawn(dataset, truth, count: int) -> tuple[Draws, np.ndarray]:
    """The first samples of the shuffle, all decided, and what they are in truth."""
    rows = control_order(len(dataset))[:count]
    decided = np.zeros(len(dataset), dtype=np.int64)
    decided[rows] = np.arange(1, count + 1)
    unlike, unknown = truth != dataset.given, truth == MISSING
    if dataset.multilabel:
        unlike, unknown = unlike.any(axis=1), unknown.any(axis=1)
    draws = Draws(decided, np.where(unknown | (decided == 0), -1, unlike))
    return draws, truth[draws.rows]


def test_below_thirty_random_samples_nothing_is_said():
    data = dataset_of(np.arange(80) % 2)
    assert rates(data, *drawn(data, data.given, 29)) is None
    assert rates(data, *drawn(data, data.given, 30)) is not None


def test_classes_and_slices_that_enough_were_drawn_of():
    n = 120
    rows = control_order(n)[:40]
    place = np.full(n, "rare", dtype=object)
    place[rows[:31]] = "park"
    place[rows[31:38]] = "mall"
    data = dataset_of(np.arange(n) % 2, slices={"place": strings(place)})
    truth = data.given.copy()
    truth[rows[:10]] = 1
    found = rates(data, *drawn(data, truth, 40))
    assert found is not None
    wrong = int((data.given[rows[:10]] == 0).sum())
    assert (found.overall.wrong, found.overall.drawn, found.overall.total) == (wrong, 40, n)
    no, yes = found.by_class
    assert (no.of, no.counted.wrong, yes.of, yes.counted.wrong) == ("no", wrong, "yes", 0)
    assert no.counted.total == yes.counted.total == 60
    assert [each.of for each in found.by_slice["place"]] == ["park"]  # 7 and 2 are too few
    assert found.noise.counts[0].tolist() == [(data.given[rows] == 0).sum() - wrong, wrong]


def test_of_several_labels_samples_that_carry_the_class():
    data = dataset_of([[1, 0], [0, 1]] * 20, ("a", "b"))
    truth = data.given.copy()
    truth[0], truth[1, 0], truth[2, 1] = [0, 1], 1, MISSING
    found = rates(data, *drawn(data, truth, 40))
    assert found is not None
    assert (found.overall.wrong, found.overall.drawn) == (2, 40)
    # One nobody could say: it may be wrong, so three may be.
    assert (found.overall.low, found.overall.high) == (2, 3)
    assert [each.counted.wrong for each in found.by_class] == [1, 1]
    assert found.noise.counts.tolist() == [[18, 1, 1], [20, 0, 1]]


def test_samples_without_a_label_are_in_no_count():
    labels = np.arange(80) % 2
    labels[control_order(80)[:3]] = MISSING
    data = dataset_of(labels)
    found = rates(data, *drawn(data, labels, 40))
    assert found is not None
    assert (found.overall.drawn, found.overall.total, found.overall.wrong) == (37, 77, 0)
