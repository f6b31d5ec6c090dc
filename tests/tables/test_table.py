from __future__ import annotations

import pandas as pd
import pytest

from labelviz.errors import ColumnRefused
from labelviz.tables.table import Quarantined, Table, column
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
