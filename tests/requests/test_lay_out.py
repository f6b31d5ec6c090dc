"""A map is asked for: it is kept, written, and made only where there is something to compare by."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

import pytest

from labelviz.errors import ExportRefused, StepMissing
from labelviz.project.workspace import Workspace
from labelviz.requests import LayOut


def test_the_layout_is_kept_and_written(space: Workspace, tmp_path: Path):
    file = tmp_path / "map.csv"
    made = LayOut(out=file).run(space)
    kept = Workspace(space.path).findings.embeddings.layout
    assert kept is not None
    assert (kept.x.tolist(), kept.y.tolist(), kept.source) == (
        made.x.tolist(), made.y.tolist(), made.source,
    )  # fmt: skip
    rows = list(csv.DictReader(StringIO(file.read_text("utf-8-sig"))))
    assert [row["id"] for row in rows] == [str(each) for each in space.dataset.ids]
    assert [float(row["x"]) for row in rows] == pytest.approx(made.x.tolist(), abs=1e-6)


def test_a_file_that_exists_is_left_and_nothing_is_made(space: Workspace, tmp_path: Path):
    file = tmp_path / "map.csv"
    file.write_text("mine")
    with pytest.raises(ExportRefused):
        LayOut(out=file).run(space)
    assert file.read_text() == "mine"
    assert space.findings.embeddings.layout is None


def test_without_embeddings_a_large_dataset_needs_an_encoder(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("labelviz.project.embeddings.MOST_FOR_LSA", 5)
    for kept in (space.path / "embeddings").iterdir():
        kept.unlink()
    with pytest.raises(StepMissing) as refused:
        LayOut().run(space)
    assert "--encoder" in refused.value.remedy
    assert not space.findings.embeddings.at_hand
