from __future__ import annotations

from typing import Any

import pytest

from labelviz.tables.formats.known import KNOWN
from labelviz.tables.formats.pipeline import ZERO_SHOT, fits, read

ROW = {"sequence": "rain", "labels": ["wet", "dry"], "scores": [0.8, 0.2]}


def test_candidate_labels_with_scores_are_a_soft_label():
    assert ZERO_SHOT in KNOWN
    made = read([(1, ROW), (2, {**ROW, "labels": ["wet"]})])
    assert made.rows == [{"sequence": "rain", "labels": '{"dry":0.2,"wet":0.8}'}]
    assert made.meant.soft == ("labels",)
    assert [(each.line, each.column) for each in made.quarantined] == [(2, "labels")]


@pytest.mark.parametrize(
    "change",
    [
        {"labels": "wet"},
        {"labels": []},
        {"labels": ["wet"]},
        {"labels": ["wet", "wet"]},
        {"labels": [1, 2]},
        {"scores": [0.8, "x"]},
        {"scores": [8, 2]},
        {"scores": None},
    ],
)
def test_other_lists_are_not_scores(change: dict[str, Any]):
    row = {**ROW, **change}
    assert not fits(row, row)
