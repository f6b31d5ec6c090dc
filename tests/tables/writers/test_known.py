"""What every format has to hold to."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from labelviz.core.files import sha256
from labelviz.errors import ExportRefused
from labelviz.tables.columnar import fingerprint
from labelviz.tables.export import export
from labelviz.tables.options import ReadOptions
from labelviz.tables.read import read_table
from labelviz.tables.writers.known import WRITERS, format_for
from labelviz.tables.writers.writer import ExportTable, texts_of_cells
from tests.tables.writers.conftest import make_sheet

ALL = pytest.mark.parametrize("name", WRITERS)
TOLD = ReadOptions(encoding="utf-8", delimiter=",", quote='"', escape="double", header="yes")


def wrote(folder: Path, name: str, sheet: ExportTable) -> Path:
    writer = WRITERS[name]
    return export(folder / f"targets{writer.suffix}", sheet, writer).path


def digest(path: Path) -> str:
    return fingerprint(path) if path.is_dir() else sha256(path)


def told(name: str) -> ReadOptions:
    plain = {"csv": TOLD, "excel": ReadOptions(header="yes")}
    return plain.get(name, ReadOptions())


@ALL
def test_every_text_and_every_bit_comes_back(tmp_path: Path, sheet: ExportTable, name: str):
    path = wrote(tmp_path, name, sheet)
    frame = read_table(path, told(name)).frame
    assert list(frame.columns) == list(sheet.columns)
    for column, cells in sheet.columns.items():
        if isinstance(cells, np.ndarray):
            assert [float(cell) for cell in frame[column]] == cells.tolist()
        else:
            assert frame[column].tolist() == list(texts_of_cells(cells))


@ALL
def test_cells_that_nobody_knows_are_empty(tmp_path: Path, name: str):
    values = np.array([[0.25, np.nan], [np.nan, np.nan], [1.0, 0.0]])
    sheet = make_sheet(["a b", "c d", "e f"], values=values, task="multilabel")
    frame = read_table(wrote(tmp_path, name, sheet), told(name)).frame
    assert frame["target_a|b"].tolist()[:2] == ["", ""]
    assert float(frame["target_no"].iloc[0]) == 0.25
    assert frame["hard_label"].tolist() == ["", "", '["no"]']


@ALL
def test_the_same_targets_are_the_same_bytes(tmp_path: Path, sheet: ExportTable, name: str):
    first, again = (wrote(tmp_path / each, name, sheet) for each in ("one", "two"))
    assert digest(first) == digest(again)


@ALL
def test_nothing_is_overwritten_and_nothing_half_done_stays(
    tmp_path: Path, sheet: ExportTable, name: str
):
    path = wrote(tmp_path, name, sheet)
    before = {each.name for each in tmp_path.iterdir()}
    with pytest.raises(ExportRefused, match="exists already"):
        export(path, sheet, WRITERS[name])
    assert {each.name for each in tmp_path.iterdir()} == before
    entry = json.loads((tmp_path / "manifest.json").read_text())["labelviz_exports"][path.name]
    assert entry["sha256"] == digest(path)
    assert entry["rows"] == len(sheet)


@ALL
def test_what_reads_back_differently_is_not_published(
    tmp_path: Path, sheet: ExportTable, name: str
):
    other = sheet.taken(np.array([1, 0, *range(2, len(sheet))]))
    writer = WRITERS[name]
    place = tmp_path / f"t{writer.suffix}"
    place.touch() if writer.suffix else place.mkdir()
    writer.write(place, sheet)
    writer.check(place, sheet)
    with pytest.raises(ExportRefused, match=r"Export check failed at row 2, column 'id'"):
        writer.check(place, other)


def test_a_format_is_what_was_asked_for_or_what_the_name_says():
    assert format_for("parquet", None) == "parquet"
    assert format_for("", Path("a.XLSX")) == "excel"
    assert format_for("", Path("a.jsonl")) == "jsonl"
    assert format_for("argilla", Path("a.jsonl")) == "argilla"
    assert format_for("", Path("a.json")) == "label-studio"
    assert format_for("", Path("a.txt")) == format_for("", None) == "csv"
