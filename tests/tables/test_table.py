from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from labelviz.errors import ColumnRefused, FileRefused
from labelviz.tables.table import Note, Quarantined, Table, check_width, column, few
from tests.conftest import assert_message


@pytest.mark.bad_input("B16")
def test_a_column_that_is_not_there():
    frame = pd.DataFrame({"id": ["1"], "text": ["2"]})
    assert column(frame, "text", "data.csv").tolist() == ["2"]
    with pytest.raises(ColumnRefused) as found:
        column(frame, "label", "data.csv")
    assert_message(
        found.value,
        "There is no column 'label'.",
        "data.csv",
        "",
        "Choose one of: id, text.",
    )


def test_rows_in_are_accepted_and_set_aside_and_blank():
    aside = (Quarantined(3, "", "1 fields, expected 2"),)
    assert Table("a.csv", "0", pd.DataFrame({"x": ["1", "2"]}), 4, aside).rows_in == 7


def test_of_very_many_columns_an_error_names_the_first():
    frame = pd.DataFrame(np.full((1, 100), "x"), columns=[f"c{n}" for n in range(100)])
    with pytest.raises(ColumnRefused) as found:
        column(frame, "label", "data.csv")
    assert found.value.remedy.endswith("c28, c29 and 70 more.")


def test_of_very_many_notes_the_first_are_told_and_the_others_counted():
    notes = [Note(f"n{number}", 1) for number in range(100)]
    assert few(notes[:30]) == notes[:30]
    assert few(notes) == [*notes[:30], Note("more notes of this kind, on other columns", 70)]


def test_a_file_with_more_columns_than_are_read():
    check_width(10_000, "data.csv")
    with pytest.raises(FileRefused) as found:
        check_width(10_001, "data.csv")
    words = ("10,001 columns; at most 10,000", "data.csv", "", "Leave out the columns")
    assert_message(found.value, *words)
