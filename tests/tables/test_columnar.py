from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.errors import ColumnRefused, FileRefused
from labelviz.tables import columnar
from labelviz.tables.columnar import (
    fingerprint,
    is_dataset_folder,
    read_folder,
    read_parquet,
    source_files,
)
from labelviz.tables.options import ReadOptions
from labelviz.tables.table import Content
from tests.conftest import assert_message

LABEL = {"names": ["no", "yes"], "_type": "ClassLabel"}
FEATURES = {"text": {"dtype": "string", "_type": "Value"}, "label": LABEL}


def parquet(table: pa.Table | Mapping[str, Any], **options: Any) -> bytes:
    buffer = io.BytesIO()
    made = table if isinstance(table, pa.Table) else pa.table(dict(table))
    pq.write_table(made, buffer, **options)
    return buffer.getvalue()


def read(data: bytes | Mapping[str, Any]) -> Content:
    made = data if isinstance(data, bytes) else parquet(data)
    return read_parquet(made, "f.parquet", ReadOptions())


def saved(folder: Path, table: Mapping[str, Any], features: Any = FEATURES, **state: Any) -> Path:
    """A folder as `datasets.Dataset.save_to_disk` writes it."""
    folder.mkdir(parents=True)
    made = pa.table(dict(table))
    with pa.ipc.new_stream(folder / "data-00000-of-00001.arrow", made.schema) as writer:
        writer.write_table(made)
    files = [{"filename": "data-00000-of-00001.arrow"}]
    (folder / "state.json").write_text(json.dumps({"_data_files": files, **state}))
    (folder / "dataset_info.json").write_text(json.dumps({"features": features}))
    return folder


def rows(folder: Path) -> list[dict[str, str]]:
    return read_folder(folder, ReadOptions()).frame.to_dict("records")


@pytest.mark.bad_input("A24", "E18", "C07")
@pytest.mark.parametrize(
    ("values", "texts", "kind"),
    [
        (pa.array(["007", None, ""]), ["007", "", ""], ""),
        (pa.array(["a", "b", "a"]).dictionary_encode(), ["a", "b", "a"], ""),
        (pa.array([1234567890123456789, None, -1]), ["1234567890123456789", "", "-1"], "whole"),
        (pa.array([True, False, None]), ["true", "false", ""], "true or false"),
        (pa.array([0.1, 1.0, None]), ["0.1", "1.0", ""], "decimal"),
        (pa.array([0.1, 1e-8, 1e16], pa.float32()), ["0.1", "1e-08", "1e+16"], "decimal"),
        (pa.array([Decimal("1.50"), None, None]), ["1.50", "", ""], "decimal"),
        (
            pa.array([datetime(2024, 5, 6, tzinfo=UTC)] * 3, pa.timestamp("us", "UTC")),
            ["2024-05-06T00:00:00+00:00"] * 3,
            "date",
        ),
        (pa.array([["a", "好"], [], None]), ['["a","好"]', "[]", ""], "list"),
        (pa.array([{"b": 1, "a": None}] * 3), ['{"a":null,"b":1}'] * 3, "object"),
        (pa.array([b"text", b"\xff", None]), ["text", "/w==", ""], "bytes"),
        (pa.nulls(3), ["", "", ""], ""),
    ],
)
def test_every_type_has_its_text(values: pa.Array, texts: list[str], kind: str):
    found = read({"x": values})
    assert found.frame["x"].tolist() == texts
    assert found.frame.index.tolist() == [1, 2, 3]
    assert [kind in note.text for note in found.notes] == ([True] if kind else [])


@given(st.lists(st.floats(allow_nan=False) | st.none(), min_size=1))
def test_numbers_read_back_exactly(values: list[float | None]):
    texts = read({"x": pa.array(values, pa.float64())}).frame["x"]
    assert [float(text) if text else None for text in texts] == values


@pytest.mark.bad_input("A24")
def test_extension_types_are_refused_at_any_depth():
    uuid = pa.array([bytes(16)], pa.uuid())
    for values in (uuid, pa.StructArray.from_arrays([uuid], ["inner"])):
        with pytest.raises(ColumnRefused) as found:
            read({"x": values})
        assert_message(found.value, "has an extension type", "f.parquet", remedy="without it")


@pytest.mark.bad_input("A23")
def test_damaged_files():
    data = parquet({"x": ["a" * 50] * 100, "y": list(range(100))}, row_group_size=50)
    for damaged in (data[:-20], b"PAR1" + bytes(40) + b"PAR1", data[:4] + data[200:]):
        with pytest.raises(FileRefused) as found:
            read(damaged)
        assert_message(found.value, "Parquet file is damaged", "f.parquet", "Nothing", "again")
    page = data[:30] + b"\xff" * 30 + data[60:]
    with pytest.raises(FileRefused) as found:
        read(page)
    assert "at row group 0" in found.value.what


@pytest.mark.bad_input("A23")
def test_text_that_is_not_utf_8_is_damage():
    values = pa.array([b"ok", b"\xff\xfe"]).view(pa.string())
    with pytest.raises(FileRefused):
        read({"x": values})


@pytest.mark.bad_input("A25")
@pytest.mark.parametrize("limit", ["MOST_ROWS", "MOST_CELLS", "MOST_DECODED"])
def test_a_file_that_claims_too_much_is_refused_before_it_is_read(
    monkeypatch: pytest.MonkeyPatch, limit: str
):
    monkeypatch.setattr(columnar, limit, 50)
    monkeypatch.setattr(pq.ParquetFile, "iter_batches", lambda *_: pytest.fail("it was read"))
    with pytest.raises(FileRefused) as found:
        read({"x": ["same"] * 100})
    assert_message(found.value, "claims more rows", "f.parquet", remedy="Split it")


@pytest.mark.bad_input("A26")
def test_repeated_columns_are_listed():
    table = pa.Table.from_arrays([pa.array(["1"])] * 3, names=["id", "x", "id"])
    with pytest.raises(FileRefused) as found:
        read(parquet(table))
    assert_message(found.value, "Columns appear twice: “id”.", "f.parquet", remedy="for each")


@pytest.mark.bad_input("B09")
def test_a_row_with_a_nul_is_set_aside():
    found = read({"id": ["1", "2"], "x": ["a\0b", "c"]})
    assert [(e.line, e.column, e.excerpt) for e in found.quarantined] == [(1, "x", "a␀b")]
    assert found.frame.index.tolist() == [2]


def test_class_numbers_in_parquet_become_names():
    table = pa.table({"label": [1, 0, -1, None]}).replace_schema_metadata(
        {"huggingface": json.dumps({"info": {"features": {"label": LABEL}}})}
    )
    found = read(parquet(table))
    assert found.frame["label"].tolist() == ["yes", "no", "", ""]
    assert "class names now" in found.notes[0].text


def test_a_saved_dataset_has_its_class_names(tmp_path: Path):
    folder = saved(tmp_path / "data", {"text": ["a", "b", "c"], "label": [1, 0, 7]})
    found = read_folder(folder, ReadOptions())
    assert found.frame.to_dict("records") == [
        {"text": "a", "label": "yes"}, {"text": "b", "label": "no"},
    ]  # fmt: skip
    assert [(e.line, e.column, e.reason, e.excerpt) for e in found.quarantined] == [
        (3, "label", "class number outside 0 to 1", "7")
    ]


@pytest.mark.parametrize(
    "feature",
    [{"feature": LABEL, "_type": "Sequence"}, {"feature": LABEL, "_type": "List"}, [LABEL]],
)
def test_lists_of_classes_are_named_too(tmp_path: Path, feature: Any):
    folder = saved(tmp_path / "data", {"tags": [[1, 0], []]}, {"tags": feature})
    assert [row["tags"] for row in rows(folder)] == ['["yes","no"]', "[]"]


def test_the_rows_of_a_shuffled_dataset_come_in_its_order(tmp_path: Path):
    order = [{"filename": "indices.arrow"}]
    folder = saved(tmp_path / "d", {"text": ["a", "b", "c"]}, {}, _indices_files=order)
    indices = pa.table({"indices": pa.array([2, 0], pa.uint64())})
    with pa.ipc.new_stream(folder / "indices.arrow", indices.schema) as writer:
        writer.write_table(indices)
    assert [row["text"] for row in rows(folder)] == ["c", "a"]
    assert folder / "indices.arrow" in source_files(folder)


def test_splits_become_a_column(tmp_path: Path):
    saved(tmp_path / "d" / "train", {"text": ["a", "b"], "label": [0, 1]})
    saved(tmp_path / "d" / "test", {"text": ["c"], "label": [1], "extra": [5]})
    (tmp_path / "d" / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    found = read_folder(tmp_path / "d", ReadOptions())
    assert found.frame.to_numpy().tolist() == [
        ["a", "no", "", "train"], ["b", "yes", "", "train"], ["c", "yes", "5", "test"],
    ]  # fmt: skip
    assert found.frame.columns.tolist() == ["text", "label", "extra", "split"]
    assert found.frame.index.tolist() == [1, 2, 3]
    told = [note.text for note in found.notes]
    assert sum("come from split" in text for text in told) == 2
    assert sum("lack columns" in text for text in told) == 1


@pytest.mark.parametrize("place", ["", "data"])
def test_a_folder_of_parquet_files(tmp_path: Path, place: str):
    folder = tmp_path / "d" / place
    folder.mkdir(parents=True)
    for name, texts in (
        ("train-00000-of-00002", ["a"]), ("train-00001-of-00002", ["b"]), ("test", ["c"]),
    ):  # fmt: skip
        table = {"text": texts, "split": ["x"]}
        (folder / f"{name}.parquet").write_bytes(parquet(table))
    assert is_dataset_folder(tmp_path / "d")
    assert [list(row.values()) for row in rows(tmp_path / "d")] == [
        ["c", "x", "test"], ["a", "x", "train"], ["b", "x", "train"],
    ]  # fmt: skip
    assert list(rows(tmp_path / "d")[0]) == ["text", "split", "labelviz_split"]


def test_the_fingerprint_follows_every_file_that_is_read(tmp_path: Path):
    folder = saved(tmp_path / "d", {"text": ["a"]})
    first = fingerprint(folder)
    (folder / "README.md").write_text("about")
    assert fingerprint(folder) == first
    (folder / "dataset_info.json").write_text("{}")
    assert fingerprint(folder) != first
    assert [file.name for file in source_files(folder)] == [
        "state.json", "dataset_info.json", "data-00000-of-00001.arrow",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name", ["../secret.arrow", "/etc/passwd", "a/b.arrow", "..", "a\\b", "", 5, None]
)
def test_a_description_cannot_name_a_file_outside(tmp_path: Path, name: Any):
    folder = saved(tmp_path / "d", {"text": ["a"]}, _data_files=[{"filename": name}])
    with pytest.raises(FileRefused) as found:
        read_folder(folder, ReadOptions())
    assert_message(found.value, "is damaged", str(folder), remedy="save_to_disk")


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("state.json", b"{"), ("state.json", b"[]"), ("state.json", b"{}"),
        ("state.json", b'{"_data_files": [{}]}'), ("state.json", b'{"_data_files": 5}'),
        ("dataset_info.json", b"\xff"), ("data-00000-of-00001.arrow", b"not arrow"),
        ("data-00000-of-00001.arrow", b""),
    ],
)  # fmt: skip
def test_a_damaged_folder_is_refused(tmp_path: Path, file: str, content: bytes):
    folder = saved(tmp_path / "d", {"text": ["a"]})
    (folder / file).write_bytes(content)
    with pytest.raises(FileRefused) as found:
        read_folder(folder, ReadOptions())
    assert_message(found.value, "is damaged", str(folder), remedy="save_to_disk")


def test_a_folder_of_something_else_is_no_dataset(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("x")
    assert not is_dataset_folder(tmp_path)


def test_very_many_columns_are_read_and_more_are_refused_before_they_are_decoded():
    names = [f"c{n}" for n in range(5_000)]
    found = read(parquet(pa.table([pa.array([1, 2])] * 5_000, names=names)))
    assert found.frame.shape == (2, 5_000)
    assert len(found.notes) == 31
    names = [f"c{n}" for n in range(10_001)]
    with pytest.raises(FileRefused, match="10,001 columns; at most 10,000"):
        read(parquet(pa.table([pa.array(["1"])] * 10_001, names=names)))
