from __future__ import annotations

import csv
from pathlib import Path

import pytest

from labelviz.errors import ExportRefused
from labelviz.printing import tell
from labelviz.project.workspace import Workspace
from labelviz.requests import Decide, MinePairs, ShowBorders
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


def test_borders_are_told_with_what_lies_on_them(tagged: Workspace, workspace: Workspace, capsys):
    asked = ShowBorders()
    tell(asked, asked.run(tagged), tagged)
    assert capsys.readouterr().out.startswith("no sample lies on a border")
    opinion = tagged.path.parent / "unsure.csv"
    opinion.write_text("id,hotel,tower\na,0.5,0.8\nb,0.45,0.2\nc,0.1,0.55\n")
    tagged.opinions.read_file(opinion)
    tagged.findings.flag()
    assert tagged.suspicion is not None
    flags = int(tagged.suspicion.flagged[:2].sum())
    tell(asked, asked.run(tagged), tagged)
    assert capsys.readouterr().out.splitlines() == [
        "samples  given  not given  no label  flagged",
        f"      2      2          0         0  {flags:7}  hotel",
        f"      1      1          0         0  {int(tagged.suspicion.flagged[2]):7}  tower",
    ]
    opinion.write_text(
        "id,no,yes\n6,0.45,0.55\n5,0.5,0.5\n4,0.3,0.7\n3,0.9,0.1\n2,0.8,0.2\n007,0,1\n"
    )
    workspace.opinions.read_file(opinion)
    tell(asked, asked.run(workspace), workspace)
    assert capsys.readouterr().out.splitlines() == [
        "samples  first  second  neither  flagged",
        "      2      1       1        0        0  “no” | “yes”",
    ]
    assert len(ShowBorders(count=1).run(tagged)) == 1


def test_nothing_is_doubted_before_flags_and_decisions(pairs: Workspace):
    assert pairs.findings.doubt() is None
