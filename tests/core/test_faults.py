from __future__ import annotations

import pytest

from labelviz.core.faults import VARIABLE, reach


def test_a_point_does_nothing_unless_it_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    reach("committed")
    monkeypatch.setenv(VARIABLE, "written=full")
    reach("committed")
    with pytest.raises(OSError, match="No space left"):
        reach("written")


def test_a_fault_waits_for_its_turn(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(VARIABLE, "written=full:3")
    reach("written")
    reach("written")
    with pytest.raises(OSError, match="No space left"):
        reach("written")
