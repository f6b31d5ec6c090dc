from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labelviz.errors import ExportRefused
from labelviz.tables.columnar import card_classes
from labelviz.tables.read import read_table
from labelviz.tables.writers.dataset_folder import CARD, DATA, card, check, write
from labelviz.tables.writers.writer import ExportTable
from tests.tables.writers.conftest import make_sheet

NOBODY = np.array([[0.25, np.nan], [np.nan, np.nan], [1.0, 0.75]])


def folder_of(sheet: ExportTable, place: Path) -> Path:
    place.mkdir()
    write(place, sheet)
    check(place, sheet)
    return place


def features_of(folder: Path) -> dict:
    said = pq.read_schema(folder / DATA).metadata[b"huggingface"]
    return json.loads(said)["info"]["features"]


def test_the_schema_says_what_datasets_reads(sheet: ExportTable, tmp_path: Path):
    folder = folder_of(sheet, tmp_path / "f")
    features = features_of(folder)
    assert features["hard_label"] == {"names": ["no", "a|b"], "_type": "ClassLabel"}
    share = {"dtype": "float64", "_type": "Value"}
    assert features["target"] == {"feature": share, "length": 2, "_type": "Sequence"}
    assert features["weight"] == share
    assert features["text"] == {"dtype": "large_string", "_type": "Value"}
    table = pq.read_table(folder / DATA)
    assert list(features) == table.column_names
    assert pa.types.is_fixed_size_list(table.schema.field("target").type)
    wanted = np.stack([sheet.columns["target_no"], sheet.columns["target_a|b"]], axis=1)
    assert table["target"].to_pylist() == wanted.tolist()
    assert table["hard_label"].to_pylist() == wanted.argmax(axis=1).tolist()


def test_several_labels_are_lists_and_unknown_ones_null(tmp_path: Path):
    sheet = make_sheet(["a b", "c d", "e f"], values=NOBODY, task="multilabel")
    folder = folder_of(sheet, tmp_path / "f")
    one = {"names": ["no", "a|b"], "_type": "ClassLabel"}
    assert features_of(folder)["hard_label"] == {"feature": one, "_type": "Sequence"}
    table = pq.read_table(folder / DATA)
    assert table["hard_label"].to_pylist() == [None, None, [0, 1]]
    assert table["target"].to_pylist() == [[0.25, None], [None, None], [1.0, 0.75]]


def test_a_file_has_a_target_of_its_own(tmp_path: Path):
    folder = folder_of(make_sheet(["a", "b"], target=["x", "y"]), tmp_path / "f")
    assert pq.read_table(folder / DATA)["target"].to_pylist() == ["x", "y"]
    assert features_of(folder)["labelviz_target"]["length"] == 2
    assert read_table(folder).frame["target"].tolist() == ["x", "y"]


def test_the_card_leaves_the_licence_to_the_owner_and_names_classes_by_number():
    sheet = make_sheet(["a", "b"], classes=("no", "[x](http://y)|\n# z"))
    sheet.about.update(policy="smooth:off=0.1", sources={"policy": 2}, source_sha256="0123")
    head, _, body = card(sheet).removeprefix("---\n").partition("\n---\n")
    assert "\nlicense:\n" in head
    assert "path: data/train-*" in head
    assert r"| 1 | `[x](http://y)\|⟨U+000A⟩# z` |" in body
    assert "| 0 | `no` |" in body
    assert "| policy | `smooth:off=0.1` |" in body
    assert "| targets from policy | `2` |" in body
    assert "| SHA-256 of the source file | `0123` |" in body
    assert "problem_type" in body


def test_a_part_of_the_folder_and_one_that_was_changed_can_be_read(
    sheet: ExportTable, tmp_path: Path
):
    folder = folder_of(sheet, tmp_path / "f")
    assert card_classes(folder) == {}
    alone = shutil.copy(folder / DATA, tmp_path / "alone.parquet")
    assert list(read_table(Path(alone)).frame.columns) == list(sheet.columns)
    table = pq.read_table(folder / DATA)
    pq.write_table(table.drop_columns(["target"]), tmp_path / "less.parquet")
    less = read_table(tmp_path / "less.parquet").frame
    assert set(less["hard_label"]) <= {"no", "a|b"}
    numbers = pa.array([-1] * len(table))
    other = table.set_column(table.column_names.index("hard_label"), "hard_label", numbers)
    pq.write_table(other.replace_schema_metadata(table.schema.metadata), tmp_path / "no.parquet")
    assert set(read_table(tmp_path / "no.parquet").frame["hard_label"]) == {""}


def test_a_card_that_reads_back_differently_is_not_published(sheet: ExportTable, tmp_path: Path):
    folder = folder_of(sheet, tmp_path / "f")
    (folder / CARD).write_text("another")
    with pytest.raises(ExportRefused, match="the card reads back differently"):
        check(folder, sheet)
