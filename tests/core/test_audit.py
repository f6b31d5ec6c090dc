"""What random controls and reviewed flags say, by hand and against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from labelviz.core.arrays import strings
from labelviz.core.audit import Share, audit, interval, seconds_per_decision
from labelviz.core.evidence import control_order
from labelviz.core.statuses import CODES, Statuses
from labelviz.core.suspicion import Suspicion

KEPT, CORRECTED, UNSURE = CODES["kept"], CODES["corrected"], CODES["unsure"]


def statuses_of(decided: dict[int, int], size: int) -> Statuses:
    status, wrong = np.zeros(size), np.full(size, -1)
    for row, code in decided.items():
        status[row] = code
        wrong[row] = {KEPT: 0, CORRECTED: 1}.get(code, -1)
    return Statuses(status, wrong, np.sign(status))


def flags_of(*rows: int, size: int) -> Suspicion:
    flagged = np.isin(np.arange(size), rows)
    return Suspicion(
        score=flagged * 1.0,
        flagged=flagged,
        suggested=np.zeros(size, dtype=np.int64),
        reasons=strings([""] * size),
        detectors=(),
        dataset="",
        probabilities="",
    )


def test_controls_are_the_decided_start_of_the_shuffle():
    order = control_order(5)
    flagged = flags_of(order[0], order[4], size=5)
    decided = {order[0]: CORRECTED, order[1]: KEPT, order[2]: CORRECTED, order[4]: KEPT}
    result = audit(statuses_of(decided, 5), flagged)
    assert (result.residual.hits, result.residual.of) == (1, 2)
    assert (result.flagged.hits, result.flagged.of) == (1, 2)


def test_what_nobody_can_say_counts_for_neither_side():
    first, second, _ = control_order(3)
    result = audit(statuses_of({first: UNSURE, second: KEPT}, 3), None)
    assert (result.residual.hits, result.residual.of) == (0, 1)


def test_without_any_decision_nothing_is_claimed():
    result = audit(statuses_of({}, 4), None)
    assert result.residual == Share(0, 0)
    assert result.residual.bounds == (0, 1)
    assert result.residual.value is None
    assert result.expected_errors(10, 10) is None


def test_expected_errors_add_up_over_flagged_samples_and_the_rest():
    order = control_order(6)
    flagged = flags_of(order[2], order[3], order[5], size=6)
    decided = {order[0]: KEPT, order[1]: CORRECTED, order[2]: CORRECTED, order[3]: KEPT}
    result = audit(statuses_of(decided, 6), flagged)
    assert result.expected_errors(10, 20) == pytest.approx(10 * 0.5 + 20 * 0.5)
    assert result.expected_errors(0, 20) == pytest.approx(10)


def test_a_verdict_on_a_flag_counts_whatever_later_flags_say():
    statuses = statuses_of({0: KEPT, 1: CORRECTED, 2: CORRECTED}, 5)
    decided = statuses.status > 0
    first = flags_of(0, 1, 3, size=5)
    later = flags_of(1, 2, 4, size=5).after(first.on_flags, decided)  # 0 dropped, 2 and 4 new
    assert later.on_flags.tolist() == [True, True, False, False, True]
    assert audit(statuses, first).flagged == audit(statuses, later).flagged == Share(1, 2)
    statuses = statuses_of({0: KEPT, 1: CORRECTED, 2: CORRECTED, 3: CORRECTED, 4: KEPT}, 5)
    assert audit(statuses, later).flagged == Share(1, 3)  # 3 was not flagged any more, 4 was
    last = flags_of(size=5).after(later.on_flags, statuses.status > 0)
    assert audit(statuses, last).flagged == Share(1, 3)


def test_flags_that_came_after_a_verdict_claim_nothing_of_it():
    statuses = statuses_of({0: CORRECTED}, 2)
    made = flags_of(0, 1, size=2).after(np.zeros(2, dtype=bool), statuses.status > 0)
    assert audit(statuses, made).flagged == Share(0, 0)


@given(st.integers(0, 400), st.integers(0, 400))
def test_the_interval_is_scipys(hits, others):
    of = hits + others
    expected = binomtest(hits, of).proportion_ci(0.95, "exact") if of else (0, 1)
    assert interval(hits, of) == pytest.approx(tuple(expected), abs=1e-8)


def test_a_decision_takes_the_median_gap_without_pauses():
    times = ["2026-01-01T10:00:00Z", "2026-01-01T10:00:04Z", "2026-01-01T10:00:14Z"]
    assert seconds_per_decision([*times, "2026-01-01T12:00:00Z"]) == 7
    assert seconds_per_decision(times[:1]) is None


def test_many_samples_that_were_decided_at_once_took_nobody_no_time():
    at_once = ["2026-01-01T10:00:09Z"] * 1_000
    assert seconds_per_decision(at_once) is None
    assert seconds_per_decision(["2026-01-01T10:00:00Z", *at_once, "2026-01-01T10:00:20Z"]) == 10
