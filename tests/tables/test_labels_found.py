from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from labelviz.errors import LabelsRefused
from labelviz.tables import apart, labels_found
from labelviz.tables.columns import Columns
from labelviz.tables.given import reading_of
from labelviz.tables.labels_found import FIRST, LabelsFound, find_labels
from labelviz.tables.table import Table

COLUMNS = Columns("text", "label")


def table_of(labels: list[str]) -> Table:
    texts = [f"text {row}" for row in range(len(labels))]
    frame = pd.DataFrame({"text": texts, "label": labels}, dtype="str")
    frame.index = pd.RangeIndex(2, 2 + len(frame), name="line")
    return Table("a.csv", "hash", frame, 0, ())


@pytest.fixture(autouse=True)
def _nothing_is_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels_found, "FEW_ROWS", 0)
    monkeypatch.setattr(labels_found, "FEW_CELLS", 0)


def test_labels_that_are_very_many_are_read_elsewhere_as_here(tmp_path: Path):
    table = table_of([f"class {row % 15}" for row in range(60)])
    reading = reading_of(table.frame, COLUMNS)
    found = find_labels(table, COLUMNS, lambda: tmp_path)
    assert found == LabelsFound(reading.task, reading.reason, 15, reading.classes[:FIRST])
    assert [*tmp_path.iterdir()] == []


@pytest.mark.bad_input("H19", "I17")
def test_what_has_to_be_decided_is_asked_from_there_too(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("labelviz.tables.labels_found.reading_of", None)
    with pytest.raises(LabelsRefused) as refused:
        find_labels(table_of(["Yes", "yes", "no"]), COLUMNS, lambda: tmp_path)
    assert [each.cell for each in refused.value.choices] == ["Yes", "no", "yes"]


def test_few_rows_or_few_different_cells_are_looked_at_at_once(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(apart.subprocess, "run", None)
    table = table_of([f"class {row % 3}" for row in range(9)])
    pooled = Columns("text", annotators=("label",), majority=True)
    for name, few in (("FEW_CELLS", 2), ("FEW_ROWS", 8)):
        monkeypatch.setattr(labels_found, name, few)
        for columns in (COLUMNS, pooled):
            with pytest.raises(TypeError):
                find_labels(table, columns, lambda: tmp_path)
        monkeypatch.setattr(labels_found, name, few + 1)
        assert find_labels(table, COLUMNS, lambda: tmp_path).count == 3
        assert find_labels(table, pooled, lambda: tmp_path).count == 3
        monkeypatch.setattr(labels_found, name, 0)
