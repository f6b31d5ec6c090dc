from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.arrays import strings
from labelviz.errors import ColumnRefused, FileRefused, ProbabilitiesRefused
from labelviz.tables.opinions import (
    read_probability_file,
)
from labelviz.tables.options import Reading
from tests.conftest import assert_message, dataset_of

Write = Callable[..., Path]
DATA = dataset_of([0, 1, 1])
CELLS = dataset_of([[1, 0], [0, 1]], ("a", "b"))


def refused(path: Path, data=DATA, reading: Reading | None = None) -> ProbabilitiesRefused:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ProbabilitiesRefused) as found:
            read_probability_file(path, data, reading)
    return found.value


@pytest.mark.bad_input("F12")
def test_rows_and_columns_are_matched_by_name(write: Write):
    path = write("note,yes,id,no\nx,0.9,s2,0.1\ny,0.2,s0,0.8\nz,0.7,s1,0.3\n", "opinion.csv")
    found = read_probability_file(path, DATA)
    assert found.values.tolist() == [[0.8, 0.2], [0.3, 0.7], [0.1, 0.9]]
    assert found.classes == DATA.classes
    assert found.ids.tolist() == DATA.ids.tolist()
    assert (found.provenance.relation, found.provenance.source) == ("unknown", "opinion.csv")
    assert found.provenance.dataset == DATA.fingerprint


@pytest.mark.parametrize("prefix", ["", "p_", "prob_", "target_"])
def test_class_columns_may_carry_a_prefix(write: Write, prefix: str):
    path = write(f"id,{prefix}no,{prefix}yes\ns0,1,0\ns1,0,1\ns2,0.5,0.5\n")
    assert read_probability_file(path, DATA).values.tolist() == [[1, 0], [0, 1], [0.5, 0.5]]


@pytest.mark.bad_input("F01")
def test_rows_that_miss_one_by_rounding_are_scaled(write: Write):
    found = read_probability_file(write("id,no,yes\ns0,0.3334,0.6667\ns1,1,0\ns2,0.5,0.5\n"), DATA)
    assert found.values[0] == pytest.approx([0.3334 / 1.0001, 0.6667 / 1.0001])
    assert found.values[1].tolist() == [1, 0]


@given(st.lists(st.lists(st.integers(0, 999), min_size=2, max_size=2).filter(any), min_size=3,
                max_size=3))  # fmt: skip
def test_shortest_floats_read_back_exactly(tmp_path_factory: pytest.TempPathFactory, weights):
    rows = [[each / sum(row) for each in row] for row in weights]
    path = tmp_path_factory.mktemp("exact") / "opinion.csv"
    lines = [f"s{n},{no!r},{yes!r}" for n, (no, yes) in enumerate(rows)]
    path.write_text("\n".join(["id,no,yes", *lines]))
    assert read_probability_file(path, DATA).values.tolist() == rows


def test_multilabel_cells_are_independent(write: Write):
    found = read_probability_file(write("id,a,b\ns0,0.9,0.9\ns1,0,0.0005\n"), CELLS)
    assert found.values.tolist() == [[0.9, 0.9], [0, 0.0005]]


@pytest.mark.bad_input("F02", "F03", "F04", "F05", "F06", "F07", "F08")
@pytest.mark.parametrize(
    "row", ["40,60", "0,0", "nan,1", "inf,0", "-0.2,1.2", "3.1,-2.1", "-0.105,-2.302", "0.5,0.48"]
)
def test_rows_that_are_no_distribution(write: Write, row: str):
    error = refused(write(f"id,no,yes\ns0,0.5,0.5\ns1,{row}\ns2,1,0\n"))
    assert error.what
    assert "data.csv" in error.where
    assert error.safe == "Nothing was changed."
    assert error.remedy


def test_a_choice_about_the_numbers_is_passed_on(write: Write):
    path = write("id,no,yes\ns0,50,50\ns1,20,80\ns2,100,0\n")
    found = read_probability_file(path, DATA, Reading(scores="percent"))
    assert found.values.tolist() == [[0.5, 0.5], [0.2, 0.8], [1, 0]]
    assert "read as percent, as asked" in found.provenance.notes


@pytest.mark.bad_input("F14", "B20")
@pytest.mark.parametrize("cell", ['"0,5"', "", "half", "50%"])
def test_a_cell_that_is_no_number_is_named_by_line_and_column(write: Write, cell: str):
    error = refused(write(f"id,no,yes\ns0,0.5,0.5\ns1,0.5,{cell}\ns2,1,0\n"))
    assert_message(
        error,
        "is not a number",
        "line 3, column 'yes'",
        "Nothing was changed.",
        "with a decimal point",
    )
    assert repr(cell.strip('"')) in error.what


@pytest.mark.bad_input("F10", "F11", "F13")
@pytest.mark.parametrize("header", ["id,no,maybe", "id,0,1", "id,no,Yes", "id,no,p_ yes"])
def test_a_class_without_a_column(write: Write, header: str):
    assert_message(
        refused(write(f"{header}\ns0,1,0\ns1,1,0\ns2,1,0\n")),
        "No column holds the probabilities of class",
        f"columns {header.replace(',', ', ')}",
        "Nothing was changed.",
        "Name it",
    )


@pytest.mark.bad_input("F09", "C11")
@pytest.mark.parametrize(
    ("ids", "what"),
    [
        (["s0", "s1"], "2 of 3 ids match: 1 samples have no probabilities"),
        (["s0", "s1", "S2"], "2 of 3 ids match"),
        (["s0", "s1", "s2", "s2"], "1 ids are repeated"),
        (["0", "1", "2"], "0 of 3 ids match"),
    ],
)
def test_ids_that_do_not_match(write: Write, ids: list[str], what: str):
    path = write("id,no,yes\n" + "".join(f"{each},1,0\n" for each in ids))
    assert_message(
        refused(path), what, "data.csv", "Nothing was changed.", "one row of probabilities"
    )


@pytest.mark.bad_input("F09", "C11")
def test_rows_without_a_sample_are_left_out_only_if_asked(write: Write):
    path = write("id,no,yes\ns9,0,1\n" + "".join(f"s{row},1,0\n" for row in range(3)))
    assert_message(
        refused(path), "1 rows of probabilities have no sample", "'s9'", "Nothing was changed.",
        "--leave-out-extra",
    )  # fmt: skip
    found = read_probability_file(path, DATA, Reading(leave_out_extra=True))
    assert found.values.tolist() == [[1, 0]] * 3
    assert found.provenance.notes[0].startswith("1 rows of data.csv belong to no sample")


@pytest.mark.bad_input("F13")
def test_a_class_without_a_column_is_filled_only_if_asked(write: Write):
    data = dataset_of([0, 1, 2], ("no", "yes", "rare"))
    path = write("id,no,yes\ns0,0.5,0.5\ns1,0,1\ns2,1,0\n")
    assert "'rare'" in refused(path, data).what
    assert "--fill-classes" in refused(path, data).remedy
    found = read_probability_file(path, data, Reading(fill_classes=True))
    assert found.values[:, 2].tolist() == [0, 0, 0]
    assert "got 0, as asked: rare" in found.provenance.notes[0]


@pytest.mark.bad_input("F12")
def test_columns_in_another_order_are_noted(write: Write):
    found = read_probability_file(write("yes,id,no\n0,s0,1\n1,s1,0\n1,s2,0\n"), DATA)
    assert "columns were put into the order of the classes, by name" in found.provenance.notes


ARRAY = np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]])


def array_file(folder: Path, values: np.ndarray = ARRAY) -> Path:
    np.save(folder / "opinion.npy", values)
    return folder / "opinion.npy"


@pytest.mark.bad_input("F11")
def test_an_array_needs_its_classes_by_name(tmp_path: Path):
    assert_message(
        refused(array_file(tmp_path)), "names no classes", "opinion.npy", "Nothing was changed.",
        "--classes no,yes",
    )  # fmt: skip
    agreed = Reading(classes=("yes", "no"), rows_in_order=True)
    found = read_probability_file(array_file(tmp_path), DATA, agreed)
    assert found.values.tolist() == ARRAY[:, ::-1].tolist()
    assert "agrees with 0.0% of the labels in the order of classes" in found.provenance.notes[-1]
    right = read_probability_file(
        array_file(tmp_path), DATA, Reading(classes=("no", "yes"), rows_in_order=True)
    )
    assert right.provenance.notes == (
        "rows taken in the order of the data, as asked",
        "agrees with 100.0% of the labels in the order of classes that was given",
    )


@pytest.mark.bad_input("F10")
@pytest.mark.parametrize("classes", [("no",), ("no", "yes", "maybe"), ("no", "no")])
def test_an_array_of_another_width(tmp_path: Path, classes):
    error = refused(array_file(tmp_path), reading=Reading(classes=classes, rows_in_order=True))
    assert "has 2 columns" in error.what
    assert "“no” and “yes”" in error.what


@pytest.mark.bad_input("F09")
def test_the_rows_of_an_array_are_never_taken_by_position_unasked(tmp_path: Path, write: Write):
    classes = ("no", "yes")
    assert (
        "--rows-in-order" in refused(array_file(tmp_path), reading=Reading(classes=classes)).remedy
    )
    short = array_file(tmp_path, ARRAY[:2])
    error = refused(short, reading=Reading(classes=classes, rows_in_order=True))
    assert "Predictions: 2 rows; data: 3" in error.what
    assert "--rows-in-order" not in error.remedy
    ids = write("id\ns2\ns0\ns1\n", "ids.csv")
    found = read_probability_file(array_file(tmp_path), DATA, Reading(classes=classes, ids=ids))
    assert found.values.tolist() == ARRAY[[1, 2, 0]].tolist()
    fewer = write("id\ns2\n", "fewer.csv")
    error = refused(array_file(tmp_path), reading=Reading(classes=classes, ids=fewer))
    assert "3 rows; ids: 1" in error.what


@pytest.mark.bad_input("F15")
def test_an_array_of_objects_is_not_opened(tmp_path: Path):
    np.save(tmp_path / "opinion.npy", np.array([[{"a": 1}, None]], dtype=object))
    with pytest.raises(FileRefused) as found:
        read_probability_file(tmp_path / "opinion.npy", DATA)
    assert_message(
        found.value, "can run code", "opinion.npy", "Nothing was changed.", "Parquet or CSV"
    )


@pytest.mark.bad_input("F10")
@pytest.mark.parametrize("values", [np.ones(3), np.array([["a", "b"]]), np.ones((3, 1, 2))])
def test_an_array_that_is_no_table_of_numbers(tmp_path: Path, values):
    assert "no table of numbers" in refused(array_file(tmp_path, values)).what


@pytest.mark.parametrize("name", ["opinion.npy", "opinion.parquet"])
def test_a_damaged_file(tmp_path: Path, name: str):
    (tmp_path / name).write_bytes(b"PAR1 or not")
    with pytest.raises(FileRefused, match="can be read"):
        read_probability_file(tmp_path / name, DATA)


@pytest.mark.parametrize(
    ("columns", "what"),
    [
        ({"id": [1.5, 2.0, 3.0], "no": [1.0] * 3, "yes": [0.0] * 3}, "Ids are of type double"),
        ({"id": ["s0", "s1", None], "no": [1.0] * 3, "yes": [0.0] * 3}, "1 of them empty"),
        (
            {"id": ["s0", "s1", "s2"], "no": ["1"] * 3, "yes": [0.0] * 3},
            "holds string, not numbers",
        ),
    ],
)
def test_parquet_columns_of_another_type(tmp_path: Path, columns, what: str):
    pq.write_table(pa.table(columns), tmp_path / "opinion.parquet")
    assert what in refused(tmp_path / "opinion.parquet").what


def test_parquet_without_ids(tmp_path: Path):
    pq.write_table(pa.table({"no": [1.0], "yes": [0.0]}), tmp_path / "opinion.parquet")
    with pytest.raises(ColumnRefused, match="no column 'id'"):
        read_probability_file(tmp_path / "opinion.parquet", DATA)


def test_whole_number_ids_of_parquet_are_text(tmp_path: Path):
    data = replace(DATA, ids=strings(["10", "9", "007"]))
    columns = {"id": ["9", "007", "10"], "no": [0.0, 1.0, 0.5], "yes": [1.0, 0.0, 0.5]}
    pq.write_table(pa.table(columns), tmp_path / "opinion.parquet")
    found = read_probability_file(tmp_path / "opinion.parquet", data)
    assert found.values.tolist() == [[0.5, 0.5], [0, 1], [1, 0]]
    whole = {**columns, "id": [9, 7, 10]}
    pq.write_table(pa.table(whole), tmp_path / "opinion.parquet")
    assert "2 of 3 ids match" in refused(tmp_path / "opinion.parquet", data).what


@given(
    st.lists(st.lists(st.integers(1, 999), min_size=3, max_size=3), min_size=2, max_size=6),
    st.permutations(range(3)),
    st.randoms(use_true_random=False),
)
def test_class_order_row_order_and_format_change_no_probability(
    tmp_path_factory: pytest.TempPathFactory, weights, columns, random
):
    classes = ("a", "b", "c")
    values = np.array([[w / sum(row) for w in row] for row in weights])
    data = dataset_of([0] * len(values), classes)
    rows = list(range(len(values)))
    random.shuffle(rows)
    turned, names = values[rows][:, columns], [classes[k] for k in columns]
    ids = [data.ids[row] for row in rows]
    folder = tmp_path_factory.mktemp("formats")
    frame = pd.DataFrame(turned, columns=names)
    frame.insert(random.randrange(4), "id", ids)
    frame.to_csv(folder / "opinion.csv", index=False)
    frame.to_parquet(folder / "opinion.parquet", index=False)
    np.save(folder / "opinion.npy", turned)
    frame[["id"]].to_csv(folder / "ids.csv", index=False)
    agreed = Reading(classes=tuple(names), ids=folder / "ids.csv")
    for name, reading in (("csv", None), ("parquet", None), ("npy", agreed)):
        found = read_probability_file(folder / f"opinion.{name}", data, reading)
        assert found.values.tolist() == values.tolist()


@pytest.mark.bad_input("C01")
def test_a_file_without_ids(write: Write):
    with pytest.raises(ColumnRefused) as found:
        read_probability_file(write("no,yes\n1,0\n1,0\n1,0\n"), DATA)
    assert_message(found.value, "There is no column 'id'.", "data.csv", remedy="Choose one of")


@pytest.mark.parametrize(
    "cells",
    [
        ['[{"label": "yes", "score": 0.9}, {"label": "no", "score": 0.1}]'] * 3,
        ["[{'label': 'no', 'score': 0.1}, {'label': 'yes', 'score': 0.9}]"] * 3,
        ['{"yes": 0.9, "no": 0.1}'] * 3,
    ],
)
def test_scores_of_a_pipeline_are_read_by_name(write: Write, cells: list[str]):
    frame = pd.DataFrame({"id": list(DATA.ids), "scores": cells})
    found = read_probability_file(write(frame.to_csv(index=False)), DATA)
    assert found.values.tolist() == [[0.1, 0.9]] * 3
    lines = frame.to_json(orient="records", lines=True)
    assert read_probability_file(write(lines, "p.jsonl"), DATA).values.tolist() == [[0.1, 0.9]] * 3


def test_a_pipeline_that_says_the_best_class_alone(write: Write):
    cells = ['[{"label": "yes", "score": 0.9}]'] * 3
    frame = pd.DataFrame({"id": list(DATA.ids), "scores": cells})
    with pytest.raises(ProbabilitiesRefused, match="The scores name “yes”") as refused:
        read_probability_file(write(frame.to_csv(index=False)), DATA)
    assert "top_k=None" in refused.value.remedy


def test_lists_of_numbers_are_read_once_their_order_is_said(write: Write):
    file = write('id,probs\ns0,"[0.9, 0.1]"\ns1,"[0.2, 0.8]"\ns2,"[1, 0]"\n')
    with pytest.raises(ProbabilitiesRefused, match="'probs' names no classes") as refused:
        read_probability_file(file, DATA)
    assert "--classes no,yes" in refused.value.remedy
    found = read_probability_file(file, DATA, Reading(classes=("yes", "no")))
    assert found.values.tolist() == [[0.1, 0.9], [0.8, 0.2], [0, 1]]


def test_lists_of_numbers_of_different_lengths_are_refused(write: Write):
    file = write('id,probs\ns0,"[0.9, 0.1]"\ns1,"[0.2]"\ns2,"[1, 0]"\n')
    with pytest.raises(ProbabilitiesRefused, match="lists of numbers in column"):
        read_probability_file(file, DATA, Reading(classes=("no", "yes")))


def test_lists_in_parquet_are_read_as_in_csv(tmp_path: Path):
    file = tmp_path / "p.parquet"
    rows = [[0.9, 0.1], [0.2, 0.8], [1.0, 0.0]]
    pq.write_table(pa.table({"id": ["s0", "s1", "s2"], "probs": rows}), file)
    with pytest.raises(ProbabilitiesRefused, match="'probs' names no classes"):
        read_probability_file(file, DATA)
    found = read_probability_file(file, DATA, Reading(classes=("yes", "no")))
    assert found.values.tolist() == [[0.1, 0.9], [0.8, 0.2], [0, 1]]
    scores = [[{"label": "yes", "score": a}, {"label": "no", "score": b}] for a, b in rows]
    pq.write_table(pa.table({"id": ["s0", "s1", "s2"], "scores": scores}), file)
    assert read_probability_file(file, DATA).values.tolist() == [[0.1, 0.9], [0.8, 0.2], [0, 1]]
