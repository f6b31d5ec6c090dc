from __future__ import annotations

import numpy as np
import pytest

from labelviz.core.arrays import strings
from labelviz.core.axes import CLASS, LABEL
from labelviz.core.dataset import Dataset
from labelviz.tables.fields import columns_of, fields_of, names_of
from tests.conftest import dataset_of


def full() -> Dataset:
    return dataset_of(
        [[1, 0], [0, 1]],
        ("a", "b"),
        [["x", "y"], ["u", "v"]],
        annotators={"other": np.array([[1, 1], [0, 0]]), "other:0": np.array([[0, 0], [1, 1]])},
        slices={"place": strings(["p", "q"])},
        soft=np.array([[0.9, 0.2], [0.1, 0.8]]),
        voters=np.array([3, 4]),
    )


def test_columns_are_called_what_they_were_always_called():
    """Workspaces on disk are read by these names."""
    columns = columns_of(full())
    assert set(columns) == {
        "id", "text:0", "text:1", "given:0", "given:1", "annotator:other:0", "annotator:other:1",
        "annotator:other:0:0", "annotator:other:0:1", "slice:place", "soft:0", "soft:1", "voters",
    }  # fmt: skip
    assert columns["soft:1"].tolist() == [0.2, 0.8]
    assert columns["annotator:other:1"].tolist() == [1, 0]
    assert set(columns_of(dataset_of([0, 1]), but={"texts"})) == {"id", "given"}


def test_names_say_how_to_find_the_columns_again():
    assert names_of(full()) == {
        "texts": 2, "annotators": ["other", "other:0"], "slices": ["place"],
    }  # fmt: skip


def test_fields_come_back_and_those_without_columns_are_left_out():
    data = full()
    found = fields_of(Dataset, columns_of(data), names_of(data), {CLASS: 2, LABEL: 2})
    assert set(found) == {"ids", "texts", "given", "annotators", "slices", "soft", "voters"}
    assert found["given"].tolist() == data.given.tolist()
    assert found["annotators"]["other:0"].tolist() == [[0, 0], [1, 1]]
    assert [text.tolist() for text in found["texts"]] == [["x", "y"], ["u", "v"]]


def test_a_column_that_should_be_there_is_missed():
    data = full()
    columns = {name: each for name, each in columns_of(data).items() if name != "text:1"}
    with pytest.raises(KeyError, match="text:1"):
        fields_of(Dataset, columns, names_of(data), {CLASS: 2, LABEL: 2})
