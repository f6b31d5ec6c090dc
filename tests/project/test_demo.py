from __future__ import annotations

from pathlib import Path

import pytest

from labelviz.project import demo
from labelviz.project.demo import open_demo
from labelviz.project.workspace import Workspace


def test_a_demo_is_made_once_and_then_opened_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = open_demo(tmp_path / "new/home")
    space = Workspace(path)
    assert space.suspicion is not None
    assert space.opinions.current == "cross-validation"
    monkeypatch.setattr(demo, "HERE", tmp_path / "nowhere")
    assert open_demo(tmp_path / "new/home") == path
    assert [each.name for each in path.parent.iterdir()] == ["poi_pairs"]
