from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.errors import ColumnRefused
from labelviz.tables.columns import Columns
from labelviz.tables.given import TIED
from labelviz.tables.load import load_dataset
from labelviz.tables.table import Table
from labelviz.tables.wide import MOST_PEOPLE, widened

LONG = Columns("text", "label", id="id", labelled_by="who")


def long(rows: list[tuple[str, str, str, str]]) -> Table:
    names = ["id", "text", "who", "label"]
    index = pd.RangeIndex(2, len(rows) + 2, name="line")
    return Table("f.csv", "", pd.DataFrame(rows, columns=names, index=index, dtype="str"), 0, ())


@pytest.mark.bad_input("P15", "J14")
def test_a_row_for_each_annotator_becomes_a_sample_with_annotators():
    table, columns = widened(
        long([
            ("1", "rain", "ann", "wet"), ("2", "sun", "ann", "dry"), ("1", "rain", "bob", "wet"),
            ("1", "rain", "cy", "dry"), ("2", "sun", "cy", "dry"),
        ]),
        LONG,
    )  # fmt: skip
    assert columns == Columns("text", "label", id="id", annotators=("ann", "cy", "bob"))
    assert table.frame.to_dict("list") == {
        "label": ["wet", "dry"], "id": ["1", "2"], "text": ["rain", "sun"],
        "who": ["ann, bob, cy", "ann, cy"], "ann": ["wet", "dry"], "cy": ["dry", "dry"],
        "bob": ["wet", ""],
    }  # fmt: skip
    assert (table.rows_in, table.joined) == (5, 3)
    dataset, _, make_report = load_dataset(table, columns)
    assert dataset.annotators["bob"].tolist() == [1, -1]
    report = make_report()
    assert report.rows_in == report.accepted + report.joined + len(report.quarantined)


@pytest.mark.bad_input("P08", "P15")
def test_a_tie_of_annotators_is_set_aside_or_the_first():
    rows = [("1", "rain", "ann", "wet"), ("1", "rain", "bob", "dry"), ("2", "sun", "ann", "dry")]
    table, _ = widened(long(rows), LONG)
    assert list(table.frame["id"]) == ["2"]
    assert [(each.line, each.column) for each in table.quarantined] == [(2, "label")]
    first, _ = widened(
        long(rows), Columns("text", "label", id="id", labelled_by="who", ties="first")
    )
    assert list(first.frame["label"]) == ["dry", "dry"]


def test_texts_tell_samples_apart_where_there_is_no_id():
    rows = [("1", "rain", "ann", "wet"), ("2", "rain", "bob", "wet"), ("3", "sun", "bob", "dry")]
    table, columns = widened(long(rows), Columns("text", "label", labelled_by="who"))
    assert list(table.frame["text"]) == ["rain", "sun"]
    assert columns.annotators == ("bob", "ann")


def test_several_labels_are_those_that_more_than_half_chose():
    rows = [("1", "t", "ann", '["a", "b"]'), ("1", "t", "bob", '["b"]'), ("1", "t", "cy", "['c']")]
    table, _ = widened(long(rows), LONG)
    assert list(table.frame["label"]) == ['["b"]']


def test_who_labels_twice_has_the_last_word_and_nobody_is_many():
    rows = [
        ("1", "t", "ann", "a"),
        ("1", "t", "ann", "b"),
        ("1", "t", "", "b"),
        ("1", "t", "", "b"),
    ]
    table, columns = widened(long(rows), LONG)
    assert list(table.frame["ann"]) == ["b"]
    assert columns.annotators == ("ann", "label 2", "label 3")
    assert any("one annotator" in each.text for each in table.notes)


def test_many_annotators_share_columns():
    rows = [(str(n // 2), f"t{n // 2}", f"w{n}", "a") for n in range(2 * MOST_PEOPLE + 2)]
    _, columns = widened(long(rows), LONG)
    assert columns.annotators == ("label 1", "label 2")


def test_a_column_that_is_not_there():
    with pytest.raises(ColumnRefused):
        widened(long([("1", "t", "ann", "a")]), Columns("text", "label", labelled_by="nobody"))


ROWS = st.lists(
    st.tuples(st.sampled_from("123"), st.sampled_from(["ann", "bob", "cy"]), st.sampled_from("xy")),
    min_size=1, max_size=9, unique_by=lambda row: row[:2],
)  # fmt: skip


@given(ROWS)
def test_every_row_is_accounted_for_and_most_votes_win(rows):
    table, _ = widened(long([(item, f"t{item}", who, label) for item, who, label in rows]), LONG)
    assert table.rows_in == len(rows)
    made = dict(zip(table.frame["id"], table.frame["label"], strict=True))
    for item in {row[0] for row in rows}:
        votes = Counter(label for each, _, label in rows if each == item)
        best = [label for label, n in votes.items() if n == max(votes.values())]
        assert made.get(item) == (best[0] if len(best) == 1 else None)


@pytest.mark.bad_input("P15")
def test_a_class_that_never_wins_a_majority_stays_a_class():
    rows = [(str(n), f"t{n}", who, label) for n in range(4) for who, label in (
        ("ann", "wet" if n % 2 else "dry"), ("bob", "wet" if n % 2 else "dry"), ("cy", "misty"),
    )]  # fmt: skip
    table, columns = widened(long(rows), LONG)
    assert columns.classes == ("dry", "misty", "wet")
    assert [note.examples for note in table.notes if "by majority" in note.text] == [("misty",)]
    dataset, _, _ = load_dataset(table, columns)
    assert dataset.classes == ("dry", "misty", "wet")
    assert (dataset.annotators["cy"] == 1).all()


@pytest.mark.bad_input("P08", "P15")
def test_lists_of_one_name_each_can_be_tied():
    rows = [("1", "t", "ann", '["a"]'), ("1", "t", "bob", '["b"]'), ("2", "u", "ann", '["a"]')]
    table, _ = widened(long(rows), LONG)
    assert list(table.frame["label"]) == ['["a"]']
    assert [each.reason for each in table.quarantined] == [TIED]
