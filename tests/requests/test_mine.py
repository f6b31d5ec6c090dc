from __future__ import annotations

import csv
from pathlib import Path

import pytest

from labelviz.errors import ExportRefused
from labelviz.printing import tell
from labelviz.project.workspace import Workspace
from labelviz.requests import Decide, MinePairs
from labelviz.tables.columns import Columns
from tests.models.test_mine import shop


@pytest.fixture
def pairs(tmp_path: Path) -> Workspace:
    data, path = shop(), tmp_path / "pairs.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text_a", "text_b", "label"])
        writer.writerows(
            [data.ids[row], data.texts[0][row], data.texts[1][row], data.classes[data.given[row]]]
            for row in range(len(data))
        )
    space = Workspace.create(tmp_path / "pairs")
    space.load(path, Columns("text_a", "label", id="id", text_b="text_b"))
    return space


def test_new_pairs_are_written_without_a_label(pairs: Workspace, tmp_path: Path, capsys):
    Decide(verdict="choose", reviewer="ann", samples=("s1",), label=("different",)).run(pairs)
    assert pairs.findings.doubt().sum() == 1
    asked = MinePairs(file=tmp_path / "new.csv", count=7)
    done = asked.run(pairs)
    tell(asked, done, pairs)
    assert f"new.csv: 7 of {done.candidates:,} near pairs" in capsys.readouterr().out
    with (tmp_path / "new.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["text_a"] for row in rows] == list(done.left)
    assert list(rows[0]) == ["id", "text_a", "text_b", "match", "telling", "alike"]
    with pytest.raises(ExportRefused):
        asked.run(pairs)


def test_nothing_is_doubted_before_flags_and_decisions(pairs: Workspace):
    assert pairs.findings.doubt() is None
