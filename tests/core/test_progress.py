from __future__ import annotations

import pytest

from labelviz.core.progress import Report, silent


def test_silent_is_a_report_that_says_nothing(capsys: pytest.CaptureFixture[str]):
    report: Report = silent
    report(1, 2, "texts")
    assert capsys.readouterr() == ("", "")
