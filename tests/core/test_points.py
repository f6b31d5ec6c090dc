from __future__ import annotations

import threading
from pathlib import Path

import pytest

from labelviz.core import points
from labelviz.core.files import write_text
from tests.faults import VARIABLE, install


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points, "reach", points.reach)
    install()


def test_a_point_does_nothing_unless_it_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    points.reach("committed")
    monkeypatch.setenv(VARIABLE, "written=full")
    points.reach("committed")
    with pytest.raises(OSError, match="No space left"):
        points.reach("written")


def test_a_fault_waits_for_its_turn(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(VARIABLE, "written=full:3")
    points.reach("written")
    points.reach("written")
    with pytest.raises(OSError, match="No space left"):
        points.reach("written")


def test_a_file_passes_its_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    passed: list[str] = []
    here = threading.current_thread()  # others may still be writing what earlier tests left

    def reach(point: str) -> None:
        if threading.current_thread() is here:
            passed.append(point)

    monkeypatch.setattr(points, "reach", reach)
    write_text(tmp_path / "note.txt", "kept")
    assert passed == ["file-written", "file-placed"]
