from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from labelviz.core.arrays import strings
from labelviz.core.dataset import MISSING
from labelviz.errors import ColumnRefused, LabelsRefused
from labelviz.tables.read import read_table
from labelviz.tables.truth import read_truth
from tests.conftest import assert_message
from tests.tables.test_opinions import CELLS, DATA

Write = Callable[..., Path]


def test_truth_names_some_samples_and_passes_over_strangers(write: Write):
    truth = read_truth(write("id,label\ns2,no\ns0,\nstranger,maybe\n"), DATA)
    assert truth.labels.tolist() == [MISSING, MISSING, 0]


def test_trusted_labels_of_other_samples_are_counted_and_a_lost_zero_is_found(write: Write):
    file = write("id,label\ns2,no\n7,no\n8.0,no\n7,yes\n")
    found = read_truth(file, DATA)
    assert (found.strangers, found.stranger, found.meant) == (2, "7", "")
    for ids, stranger, meant in ((("007", "x", "s2"), "7", "007"), (("8", "x", "s2"), "8.0", "8")):
        found = read_truth(file, replace(DATA, ids=strings(ids)))
        assert (found.strangers, found.stranger, found.meant) == (2, stranger, meant)


def test_a_table_that_was_read_is_named_as_its_file(write: Write):
    with pytest.raises(LabelsRefused) as found:
        read_truth(read_table(write("id,label\ns1,No\n", "gold.csv")), DATA)
    assert found.value.where == "gold.csv, line 2, column 'label'"


def test_truth_of_multilabel_samples(write: Write):
    truth = read_truth(write("id,label\ns1,b|a\n"), CELLS)
    assert truth.labels.tolist() == [[MISSING, MISSING], [1, 1]]


@pytest.mark.bad_input("D06")
def test_a_trusted_label_that_is_no_class(write: Write):
    with pytest.raises(LabelsRefused) as found:
        read_truth(write("id,label\ns0,no\ns1,No\n"), DATA)
    assert_message(
        found.value,
        "'No' is not among the classes “no” and “yes”.",
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
    assert read_truth(write("id,label\ns0,no\ns0,no\n"), DATA).labels.tolist() == [
        0,
        MISSING,
        MISSING,
    ]
    cells = read_truth(write("id,label\ns0,b\ns0,b\n"), CELLS)
    assert cells.labels[0].tolist() == [0, 1]


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
