from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.dataset import MISSING
from labelviz.errors import ColumnRefused, LabelsRefused, ProbabilitiesRefused
from labelviz.tables.opinions import read_probability_file, read_truth
from tests.conftest import assert_message, dataset_of

Write = Callable[..., Path]
DATA = dataset_of([0, 1, 1])
CELLS = dataset_of([[1, 0], [0, 1]], ("a", "b"))


def refused(path: Path, data=DATA) -> ProbabilitiesRefused:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ProbabilitiesRefused) as found:
            read_probability_file(path, data)
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


@pytest.mark.parametrize(
    "row",
    [
        pytest.param("0.5,0.48", marks=pytest.mark.bad_input("F01")),
        pytest.param("40,60", marks=pytest.mark.bad_input("F02")),
        pytest.param("0,0", marks=pytest.mark.bad_input("F03")),
        pytest.param("nan,1", marks=pytest.mark.bad_input("F04")),
        pytest.param("inf,0", marks=pytest.mark.bad_input("F05")),
        pytest.param("inf,-inf", marks=pytest.mark.bad_input("F05")),
        pytest.param("-0.2,1.2", marks=pytest.mark.bad_input("F06")),
        pytest.param("3.1,-2.1", marks=pytest.mark.bad_input("F07")),
        pytest.param("-0.105,-2.302", marks=pytest.mark.bad_input("F08")),
        pytest.param("0.502,0.5", marks=pytest.mark.bad_input("F01")),
    ],
)
def test_rows_that_are_no_distribution(write: Write, row: str):
    assert_message(
        refused(write(f"id,no,yes\ns0,0.5,0.5\ns1,{row}\ns2,1,0\n")),
        "1 rows are no probabilities",
        "data.csv, first at sample 's1'",
        "Nothing was changed.",
        "each row summing to 1",
    )


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
        (["s0", "s1", "s2", "s3"], "3 of 3 ids match: 0 samples have no probabilities, 1 rows"),
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


@pytest.mark.bad_input("C01")
def test_a_file_without_ids(write: Write):
    with pytest.raises(ColumnRefused) as found:
        read_probability_file(write("no,yes\n1,0\n1,0\n1,0\n"), DATA)
    assert_message(found.value, "There is no column 'id'.", "data.csv", remedy="Choose one of")


def test_truth_names_some_samples_and_passes_over_strangers(write: Write):
    truth = read_truth(write("id,label\ns2,no\ns0,\nstranger,maybe\n"), DATA)
    assert truth.tolist() == [MISSING, MISSING, 0]


def test_truth_of_multilabel_samples(write: Write):
    truth = read_truth(write("id,label\ns1,b|a\n"), CELLS)
    assert truth.tolist() == [[MISSING, MISSING], [1, 1]]


@pytest.mark.bad_input("D06")
def test_a_trusted_label_that_is_no_class(write: Write):
    with pytest.raises(LabelsRefused) as found:
        read_truth(write("id,label\ns0,no\ns1,No\n"), DATA)
    assert_message(
        found.value,
        "'No' is not among the classes ['no', 'yes'].",
        "line 3, column 'label'",
        "Nothing was changed.",
        "as the dataset does",
    )


@pytest.mark.bad_input("C04")
def test_two_trusted_labels_for_one_sample(write: Write):
    with pytest.raises(LabelsRefused) as found:
        read_truth(write("id,label\ns0,no\ns1,yes\ns0,yes\n"), DATA)
    assert_message(
        found.value, "Sample 's0' has two different trusted labels.", "line 4", remedy="Leave one"
    )


@pytest.mark.bad_input("C03")
def test_the_same_trusted_label_twice_is_one(write: Write):
    assert read_truth(write("id,label\ns0,no\ns0,no\n"), DATA).tolist() == [0, MISSING, MISSING]
    cells = read_truth(write("id,label\ns0,b\ns0,b\n"), CELLS)
    assert cells[0].tolist() == [0, 1]


@pytest.mark.bad_input("C11")
@pytest.mark.parametrize("rows", ["x,no\n", "s0,\n"])
def test_truth_about_none_of_the_samples(write: Write, rows: str):
    with pytest.raises(LabelsRefused) as found:
        read_truth(write("id,label\n" + rows), DATA)
    assert_message(found.value, "None of the ids", "data.csv", remedy="columns id and label")


@pytest.mark.bad_input("B16")
@pytest.mark.parametrize("header", ["id,gold", "sample,label"])
def test_truth_without_its_columns(write: Write, header: str):
    with pytest.raises(ColumnRefused, match="There is no column"):
        read_truth(write(f"{header}\ns0,no\n"), DATA)
