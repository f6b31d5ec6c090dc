"""What reviewed flags say, by hand."""

from __future__ import annotations

import numpy as np

from labelviz.core.arrays import strings
from labelviz.core.audit import Found, on_flags, seconds_per_decision
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


def test_what_nobody_can_say_counts_for_neither_side():
    statuses = statuses_of({0: UNSURE, 1: KEPT, 2: CORRECTED}, 3)
    assert on_flags(statuses, flags_of(0, 1, 2, size=3)) == Found(1, 2)
    assert on_flags(statuses, flags_of(1, size=3)) == Found(0, 1)


def test_without_flags_or_decisions_nothing_is_claimed():
    assert on_flags(statuses_of({0: KEPT}, 4), None) == Found(0, 0)
    assert on_flags(statuses_of({}, 4), flags_of(0, size=4)) == Found(0, 0)


def test_a_verdict_on_a_flag_counts_whatever_later_flags_say():
    statuses = statuses_of({0: KEPT, 1: CORRECTED, 2: CORRECTED}, 5)
    decided = statuses.status > 0
    first = flags_of(0, 1, 3, size=5)
    later = flags_of(1, 2, 4, size=5).after(first.on_flags, decided)  # 0 dropped, 2 and 4 new
    assert later.on_flags.tolist() == [True, True, False, False, True]
    assert on_flags(statuses, first) == on_flags(statuses, later) == Found(1, 2)
    statuses = statuses_of({0: KEPT, 1: CORRECTED, 2: CORRECTED, 3: CORRECTED, 4: KEPT}, 5)
    assert on_flags(statuses, later) == Found(1, 3)  # 3 was not flagged any more, 4 was
    last = flags_of(size=5).after(later.on_flags, statuses.status > 0)
    assert on_flags(statuses, last) == Found(1, 3)


def test_flags_that_came_after_a_verdict_claim_nothing_of_it():
    statuses = statuses_of({0: CORRECTED}, 2)
    made = flags_of(0, 1, size=2).after(np.zeros(2, dtype=bool), statuses.status > 0)
    assert on_flags(statuses, made) == Found(0, 0)


def test_a_decision_takes_the_median_gap_without_pauses():
    times = ["2026-01-01T10:00:00Z", "2026-01-01T10:00:04Z", "2026-01-01T10:00:14Z"]
    assert seconds_per_decision([*times, "2026-01-01T12:00:00Z"]) == 7
    assert seconds_per_decision(times[:1]) is None


def test_many_samples_that_were_decided_at_once_took_nobody_no_time():
    at_once = ["2026-01-01T10:00:09Z"] * 1_000
    assert seconds_per_decision(at_once) is None
    assert seconds_per_decision(["2026-01-01T10:00:00Z", *at_once, "2026-01-01T10:00:20Z"]) == 10
