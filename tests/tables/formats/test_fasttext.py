from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from labelviz.tables.formats.fasttext import NO_LABEL, is_fasttext, read_lines
from labelviz.tables.read import read_table


@pytest.mark.bad_input("P13")
def test_labels_lead_the_lines(write: Callable[..., Path]):
    table = read_table(write("__label__wet rain, and wind\n__label__dry sun\n\n", "train.txt"))
    assert table.frame.to_dict("list") == {
        "text": ["rain, and wind", "sun"],
        "label": ["wet", "dry"],
    }
    assert (list(table.frame.index), table.rows_in) == ([1, 2], 3)


def test_several_labels_are_lists():
    made = read_lines(b"__label__wet __label__cold rain\n__label__dry sun")
    assert [row["label"] for row in made.rows] == ['["wet","cold"]', '["dry"]']


def test_a_line_without_a_label_is_set_aside():
    made = read_lines(b"__label__wet rain\nsun")
    assert [(each.line, each.reason) for each in made.quarantined] == [(2, NO_LABEL)]


def test_how_it_is_known():
    assert is_fasttext(b"__label__a b\n\n__label__c d\n")
    assert not is_fasttext(b"text,label\n__label__a,b\n")
    assert not is_fasttext(b"")
