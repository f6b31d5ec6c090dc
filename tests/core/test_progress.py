from __future__ import annotations

import pytest

from labelviz.core.progress import JUDGED, STEPS, Report, of_all, silent


def test_silent_is_a_report_that_says_nothing(capsys: pytest.CaptureFixture[str]):
    report: Report = silent
    report(1, 2, "texts")
    assert capsys.readouterr() == ("", "")


def test_the_steps_of_one_are_told_as_steps_of_all_and_other_things_as_they_are():
    told: list[tuple[int, int, str]] = []
    report = of_all(lambda *said: told.append(said), 1, 3)
    report(2, 10, STEPS)
    report(5, 80, JUDGED)
    assert told == [(12, 30, "steps"), (5, 80, "samples judged")]
