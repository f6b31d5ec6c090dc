from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.dataset import MISSING, Dataset
from labelviz.errors import (
    ColumnRefused,
    IdsRefused,
    InputRefused,
    LabelsRefused,
    MostSetAside,
    ProbabilitiesRefused,
    RequestRefused,
)
from labelviz.tables.columns import Columns
from labelviz.tables.labels import parse_label
from labelviz.tables.load import load_dataset, supplied_probabilities
from labelviz.tables.read import read_table
from labelviz.tables.report import Duplicates, ImportReport, Lengths
from labelviz.tables.table import Table
from tests.conftest import REVIEWS, assert_message

Load = Callable[..., tuple[Dataset, ImportReport]]


@pytest.fixture
def load(write: Callable[..., Path]) -> Load:
    """Load CSV text with `text` and `label` columns, and others as asked."""

    def loaded(content: str, **columns) -> tuple[Dataset, ImportReport]:
        named = Columns(**{"text": "text", "label": "label", **columns})
        dataset, _, make_report = load_dataset(read_table(write(content)), named, partial=True)
        return dataset, make_report()

    return loaded


def reasons(report: ImportReport) -> list[tuple[int, str, str]]:
    return [(each.line, each.column, each.reason) for each in report.quarantined]


def notes(report: ImportReport) -> list[tuple[str, int, tuple[str, ...]]]:
    return [(each.text, each.count, each.examples) for each in report.notes]


def test_a_file_becomes_a_dataset(load: Load):
    dataset, report = load(REVIEWS, id="id", slices=("source",))
    assert (dataset.task, dataset.classes) == ("binary", ("no", "yes"))
    assert dataset.ids.tolist() == ["007", "2", "3", "4", "5", "6"]
    assert dataset.texts[0][2:5].tolist() == ["dull, long", 'said "wow", loud', "短片很好"]
    assert dataset.given.tolist() == [1, 0, 1, 1, 1, 0]
    assert dataset.slices["source"].tolist() == ["web", "web", "app", "app", "app", "web"]
    assert (report.rows_in, report.accepted, report.quarantined, report.notes) == (6, 6, (), ())
    assert report.class_counts == {"no": 2, "yes": 4}


def test_every_other_column_has_its_place(load: Load):
    content = """a,b,label,other,sure,set,cluster
x,y,1,0,0.9,Train,g1
u,v,0,1,,dev,
w,z,1,,1,TEST,g1
"""
    dataset, report = load(
        content, text="a", text_b="b", annotators=("other",), confidence="sure", split="set",
        group="cluster",
    )  # fmt: skip
    assert dataset.is_pair
    assert dataset.texts[1].tolist() == ["y", "v", "z"]
    assert dataset.annotators["other"].tolist() == [0, 1, MISSING]
    assert dataset.confidence is not None
    assert str(dataset.confidence.tolist()) == "[0.9, nan, 1.0]"
    assert dataset.split is not None
    assert dataset.split.tolist() == ["train", "validation", "test"]
    assert dataset.group is not None
    assert dataset.group.tolist() == ["g1", "", "g1"]
    assert notes(report) == [
        (
            "cells in column 'set' were read by their usual name",
            3,
            ("'Train' as train", "'dev' as validation", "'TEST' as test"),
        )
    ]


@pytest.mark.parametrize(
    ("labels", "more", "task", "classes"),
    [
        (["0", "1"], {}, "binary", ("0", "1")),
        (["10", "9", "-1"], {}, "multiclass", ("-1", "9", "10")),
        (["b", "a", "c"], {}, "multiclass", ("a", "b", "c")),
        (["a|b", "a"], {}, "multilabel", ("a", "b")),
        (["a", "b"], {"task": "multilabel"}, "multilabel", ("a", "b")),
        (["a", "b"], {"task": "multiclass"}, "multiclass", ("a", "b")),
        (["a", "b"], {"classes": ("b", "a")}, "binary", ("b", "a")),
        (["a", "b"], {"classes": ("c", "b", "a")}, "multiclass", ("c", "b", "a")),
        (["a", "b", "oops"], {"classes": ("a", "b")}, "binary", ("a", "b")),
        (["a|b", "c"], {"classes": ("a|b", "c")}, "binary", ("a|b", "c")),
        (["--5", "5"], {}, "binary", ("--5", "5")),
        (["9" * 900, "1"], {}, "binary", ("1", "9" * 900)),
        (["a", "b", " "], {}, "binary", ("a", "b")),
    ],
)
def test_task_and_classes_are_found_out(load: Load, labels, more, task, classes):
    dataset, _ = load("text,label\n" + "".join(f"t,{each}\n" for each in labels), **more)
    assert (dataset.task, dataset.classes) == (task, classes)


def test_multilabel_cells(load: Load):
    dataset, report = load("text,label\nt,a|b\nu, b | c \nv,c|c\nw,b\n")
    assert dataset.given.tolist() == [[1, 1, 0], [0, 1, 1], [0, 0, 1], [0, 1, 0]]
    assert report.class_counts == {"a": 1, "b": 3, "c": 2}


@pytest.mark.parametrize(
    ("text", "task", "expected"),
    [("b", "multiclass", 1), (" b", "multiclass", None), ("d", "multiclass", None)],
)
@pytest.mark.bad_input("D04")
def test_a_single_label_is_matched_exactly(text, task, expected):
    assert parse_label(text, ("a", "b"), task) == expected


@pytest.mark.bad_input("D06", "D07")
def test_unknown_and_missing_labels_are_set_aside_never_guessed(load: Load):
    dataset, report = load("text,label\nt,a\nu,b\nv,A\nw,\nx,  \ny,NA\n", classes=("a", "b"))
    assert dataset.texts[0].tolist() == ["t", "u"]
    assert reasons(report) == [
        (4, "label", "unknown label"),
        (5, "label", "no label"),
        (6, "label", "no label"),
        (7, "label", "unknown label"),
    ]
    assert (report.rows_in, report.accepted) == (6, 2)


@pytest.mark.bad_input("D09")
def test_an_unknown_name_among_several_sets_the_row_aside(load: Load):
    _, report = load("text,label\nt,a|b\nu,a|z\n", classes=("a", "b"), task="multilabel")
    assert reasons(report) == [(3, "label", "unknown label")]


@pytest.mark.bad_input("C02")
def test_an_empty_id_sets_the_row_aside(load: Load):
    dataset, report = load("i,text,label\n1,t,a\n,u,b\n ,v,b\n2,w,b\n", id="i")
    assert dataset.ids.tolist() == ["1", "2"]
    assert reasons(report) == [(3, "i", "no id"), (4, "i", "no id")]


@pytest.mark.bad_input("C03")
def test_a_repeated_row_is_taken_once(load: Load):
    dataset, report = load("i,text,label\n1,t,a\n2,u,b\n1,t,a\n1,t,a\n", id="i")
    assert dataset.ids.tolist() == ["1", "2"]
    assert reasons(report) == [
        (4, "i", "repeats an earlier row: same id and content"),
        (5, "i", "repeats an earlier row: same id and content"),
    ]
    assert [each.excerpt for each in report.quarantined] == ["line 2", "line 2"]


@pytest.mark.bad_input("C04")
@pytest.mark.parametrize("other", ["1,T,a", "1,t,b"])
def test_an_id_with_two_contents_sets_all_of_them_aside(load: Load, other: str):
    dataset, report = load(f"i,text,label\n1,t,a\n2,u,b\n{other}\n3,v,a\n", id="i")
    assert dataset.ids.tolist() == ["2", "3"]
    reason = "its id stands for different content in other rows"
    assert reasons(report) == [(2, "i", reason), (4, "i", reason)]
    assert [each.excerpt for each in report.quarantined] == ["1", "1"]


@pytest.mark.bad_input("C07", "C08", "C09")
def test_ids_are_text_and_kept_exactly(load: Load):
    ids = ["007", "7", " 7", "12345678901234567890", "1.23E+17", "é", "e\u0301", "=1+1", "../x"]
    content = "i,text,label\n" + "".join(f"{each},t,{n % 2}\n" for n, each in enumerate(ids))
    dataset, report = load(content, id="i")
    assert dataset.ids.tolist() == ids
    assert sum("stay apart" in text for text, *_ in notes(report)) == 2


@pytest.mark.bad_input("C01", "C05")
def test_without_an_id_column_ids_come_from_the_texts(load: Load):
    content = "text,label\nsame,a\nother,b\nsame,b\n"
    dataset, report = load(content)
    again, _ = load("label,text\nb,other\na,same\nb,same\n")
    assert dataset.ids[2] == f"{dataset.ids[0]}-2"
    assert sorted(dataset.ids) == sorted(again.ids)
    assert len(dataset.ids[0]) == 16
    assert notes(report) == [
        ("samples repeat the text of an earlier one", 1, ("same",)),
        ("samples share their text with one that has another label", 2, ("same",)),
    ]


@pytest.mark.bad_input("E01")
def test_empty_texts_are_noted_and_kept(load: Load):
    dataset, report = load("i,text,label\n1,,a\n2, ,b\n3,t,b\n", id="i")
    assert len(dataset) == 3
    assert notes(report) == [("samples have an empty text", 2, ("1", "2"))]


@pytest.mark.bad_input("B20", "D06")
def test_doubtful_cells_of_other_columns_are_noted(load: Load):
    content = 'text,label,ann,sure,set\nt,a,c,1.5,train\nu,b,,"0,5",holdout\nv,b,c,high,\n'
    dataset, report = load(content, annotators=("ann",), confidence="sure", split="set")
    assert dataset.annotators["ann"].tolist() == [MISSING] * 3
    assert notes(report) == [
        ("labels in column 'ann' are not among the classes and count as missing", 2, ("c",)),
        (
            "cells in column 'sure' are no confidence and count as unknown",
            2,
            ("1.5", "high"),
        ),
        ("cells in column 'set' name no split and belong to none", 1, ("holdout",)),
    ]


@pytest.mark.bad_input("B16")
@pytest.mark.parametrize(
    "columns",
    [
        {"text": "body"},
        {"label": "body"},
        {"text_b": "body"},
        {"id": "body"},
        {"annotators": ("body",)},
        {"slices": ("text", "body")},
        {"confidence": "body"},
        {"group": "body"},
        {"split": "body"},
    ],
)
def test_a_column_that_is_not_there(load: Load, columns):
    with pytest.raises(ColumnRefused) as refused:
        load("text,label\nt,a\n", **columns)
    assert_message(
        refused.value,
        "There is no column 'body'.",
        "data.csv",
        "Nothing was changed.",
        "Choose one of: text, label.",
    )


@pytest.mark.bad_input("D06", "D07", "B03")
@pytest.mark.parametrize(
    ("rows", "count", "reason", "line"),
    [
        ("t,\nu,\n", 2, "no label", 2),
        ("\nt,z\n", 1, "unknown label: 'z'", 3),
        ("t,a,b\nu\n", 2, "3 fields, expected 2: 't,a,b'", 2),
    ],
)
def test_a_file_of_which_nothing_is_left(load: Load, rows: str, count, reason, line):
    with pytest.raises(InputRefused) as refused:
        load("text,label\n" + rows, classes=("a", "b"))
    assert_message(
        refused.value,
        f"All {count} rows were set aside, the first because: {reason}.",
        f"data.csv, line {line}",
        "Nothing was changed.",
        "Check the file's columns",
    )


@pytest.mark.bad_input("P16")
def test_a_load_that_sets_most_rows_aside_is_asked_about(write: Callable[..., Path]):
    table = read_table(write("text,label\nt,a\nu,b\nv,\nw,\nx,\n"))
    with pytest.raises(MostSetAside) as refused:
        load_dataset(table, Columns("text", "label"))
    assert_message(
        refused.value,
        "3 of 5 rows would be set aside. 3 rows: no label (column 'label').",
        "data.csv, first on line 4",
        "Nothing was changed.",
        "--partial",
    )
    dataset, _, _ = load_dataset(table, Columns("text", "label"), partial=True)
    assert len(dataset) == 2
    half = read_table(write("text,label\nt,a\nu,b\nv,\nw,\n"))
    assert len(load_dataset(half, Columns("text", "label"))[0]) == 2


def test_where_samples_carry_several_labels_an_empty_cell_may_mean_none_of_them(
    write: Callable[..., Path],
):
    table = read_table(write("text,label\nt,a|b\nu,b\nv,\nw,\nx,\n"))
    with pytest.raises(MostSetAside) as refused:
        load_dataset(table, Columns("text", "label", separator="|"))
    assert '--none ""' in refused.value.remedy
    dataset, _, _ = load_dataset(table, Columns("text", "label", separator="|", none=("",)))
    assert dataset.given.tolist() == [[1, 1], [0, 1], [0, 0], [0, 0], [0, 0]]


@pytest.mark.bad_input("D11")
def test_a_single_class_makes_no_task(load: Load):
    with pytest.raises(LabelsRefused) as refused:
        load("text,label\nt,a\nu,a\n")
    assert "needs at least two classes" in refused.value.what
    assert "Check the label column" in refused.value.remedy


def test_a_task_that_is_none(load: Load):
    with pytest.raises(RequestRefused, match="task cannot be “regression”") as refused:
        load("text,label\nt,a\nu,b\n", task="regression")
    assert refused.value.remedy == "Choose one of binary, multiclass, multilabel."


@pytest.mark.bad_input("D16")
def test_a_class_named_twice(load: Load):
    with pytest.raises(LabelsRefused, match="distinct and not empty"):
        load("text,label\nt,a\nu,b\n", classes=("a", "b", "a"))


WORDS = st.sampled_from(
    ["", " ", "a", "b", "z", "中", "x\ny", 'q"', "c,d", "\u2028", "\0", "\ufeff"]
)
FILES = st.lists(st.lists(WORDS, max_size=4), min_size=1, max_size=12)


@given(FILES, st.booleans(), st.booleans())
def test_rows_in_are_accepted_quarantined_or_blank(
    tmp_path_factory: pytest.TempPathFactory, rows, with_ids: bool, multilabel: bool
):
    path = tmp_path_factory.mktemp("conserved") / "data.csv"
    good = [["n1", "t" * 1000, "a"], ["n2", "u", "b"]]
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows([["i", "text", "label"], *good, *rows])
    path.write_bytes(buffer.getvalue().encode())
    columns = Columns(
        "text", "label", id="i" if with_ids else "", classes=("a", "b"),
        task="multilabel" if multilabel else "",
    )  # fmt: skip
    dataset, original, make_report = load_dataset(read_table(path), columns, partial=True)
    report = make_report()
    assert report.rows_in == len(rows) + len(good)
    assert report.rows_in == report.accepted + len(report.quarantined) + report.blank
    assert report.accepted == len(dataset) == len(original)
    lines = [each.line for each in report.quarantined]
    assert lines == sorted(set(lines))
    assert not set(lines) & set(original.index)
    assert original["text"].tolist() == dataset.texts[0].tolist()


@pytest.mark.bad_input("D12", "D13")
def test_classes_with_too_few_samples_are_named(load: Load):
    content = "text,label\n" + "t,a\n" * 5 + "u,b\n" * 4
    _, report = load(content, classes=("a", "b", "c"))
    assert report.too_few == ("b", "c")
    assert report.class_counts == {"a": 5, "b": 4, "c": 0}


@pytest.mark.bad_input("C05", "E13")
def test_duplicates_are_counted_in_three_ways(load: Load):
    content = """a,b,label
x,y,1
x,y,1
y,x,0
caf\u00e9,z,1
cafe\u0301,z,1
z,z,0
p,q,1
"""
    dataset, report = load(content, text="a", text_b="b")
    assert report.duplicates == Duplicates(exact=2, swapped=1, conflicting=3)
    assert dataset.texts[0].tolist()[3:5] == ["caf\u00e9", "cafe\u0301"]


@pytest.mark.bad_input("E02", "E03", "E14")
def test_lengths_are_counted_in_characters(load: Load):
    texts = ["a" * n for n in range(1, 20)] + ["\u0301" * 300_000]
    content = "text,label\n" + "".join(f"{t},{n % 2}\n" for n, t in enumerate(texts))
    dataset, report = load(content)
    assert report.lengths == (Lengths("text", 1, 5, 10, 15, 19, 300_000),)
    assert dataset.texts[0].tolist() == texts


@pytest.mark.bad_input("E04", "E06", "E07", "E08", "E09", "E10", "E11")
def test_whatever_a_text_holds_it_stays_as_it_is(load: Load):
    odd = [
        "\u202eright to left", "zero\u200bwidth\u00ad", "\x1b[31mred", "<script>alert(1)</script>",
        "![x](http://example.org/x.png)", "$\\href{x}{y}$", ":red[x] :smile:", "=1+1", "@cmd",
        "\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea",
    ]  # fmt: skip
    content = "text,label\n" + "".join(f"{t},{n % 2}\n" for n, t in enumerate(odd))
    assert load(content)[0].texts[0].tolist() == odd


@pytest.mark.bad_input("E12")
def test_half_a_character_sets_the_row_aside():
    cells = {
        "text": ["fine", "half \ud83d", "ok"],
        "label": ["a", "b", "b"],
        "x": ["", "", "\udc00"],
    }
    frame = pd.DataFrame(cells, index=pd.Index([2, 3, 4], name="line"), dtype=object)
    frame.loc[5] = ["good", "b", ""]
    dataset, _, make_report = load_dataset(Table("t", "", frame, 0, ()), Columns("text", "label"))
    assert dataset.texts[0].tolist() == ["fine", "good"]
    assert reasons(make_report()) == [
        (3, "text", "holds half of a character (a lone surrogate)"),
        (4, "x", "holds half of a character (a lone surrogate)"),
    ]


@pytest.mark.bad_input("B16")
@pytest.mark.parametrize(("columns", "role"), [({"text": ""}, "text"), ({"label": ""}, "label")])
def test_a_role_without_a_column(load: Load, columns, role):
    with pytest.raises(ColumnRefused, match=f"No {role} column was chosen.") as refused:
        load("text,label\nt,a\n", **columns)
    assert refused.value.remedy == "Choose one of: text, label."


@pytest.mark.bad_input("D03", "D07")
def test_every_spelling_that_was_read_otherwise_is_counted(load: Load):
    content = "text,label\nt,yes\nu,Yes\nv,no\nw,Yes\nx,NA\n"
    dataset, report = load(content, spellings={"Yes": "yes"}, missing=("NA",))
    assert dataset.given.tolist() == [1, 1, 0, 1]
    assert notes(report) == [
        ("labels in column 'label' were read by their other spelling", 2, ("'Yes' as 'yes'",)),
        ("labels in column 'label' stand for no label", 1, ("NA",)),
    ]
    assert reasons(report) == [(6, "label", "no label")]


@pytest.mark.bad_input("D07", "D09")
def test_what_may_mean_something_else_is_noted(load: Load):
    _, report = load("text,label\nt,yes;no\nu,NA\nv,b\n")
    assert [text for text, *_ in notes(report)] == [
        "labels may mean that there is none; they count as a class unless you list them as cells "
        "that mean no label (on the command line --missing 'NA')",
        "labels hold a separator and were taken as one name; say what stands between the names to "
        "split them (on the command line --separator)",
    ]


@pytest.mark.bad_input("C06")
def test_ids_that_look_altered_load_when_a_person_says_so(load: Load):
    content = "i,text,label\n1.5E+17,t,a\n7,u,b\n"
    with pytest.raises(IdsRefused):
        load(content, id="i")
    assert load(content, id="i", exact_ids=True)[0].ids.tolist() == ["1.5E+17", "7"]


def test_one_hot_votes_and_soft_labels(load: Load):
    content = """text,is_a,is_b,v_b,v_a,n,t_a,t_b
t,1,0,1,4,5,0.8,0.2
u,0,1,2,0,1,0.3,0.7
v,1,1,,,,,
w,1,0,x,1,3,0.2,0.8
"""
    dataset, report = load(
        content, label="", one_hot=("is_b", "is_a"), votes=("v_b", "v_a"), voters="n",
        soft=("t_a", "t_b"), task="binary",
    )  # fmt: skip
    assert dataset.given.tolist() == [0, 1, 0]
    assert dataset.votes is not None
    assert dataset.votes.tolist() == [[4, 1], [0, 2], [0, 0]]
    assert dataset.voters is not None
    assert dataset.voters.tolist() == [5, 0, 3]
    assert dataset.soft is not None
    assert dataset.soft.tolist() == [[0.8, 0.2], [0.3, 0.7], [0.2, 0.8]]
    assert reasons(report) == [(4, "is_b", "not exactly one 1")]
    assert [(text, n) for text, n, _ in notes(report)] == [
        ("soft labels lean to another class than the label", 1),
        ("rows hold votes that are no whole numbers in columns 'v_b' and on, and have none", 1),
        ("cells in column 'n' are no number of voters and count as none", 1),
    ]


@pytest.mark.bad_input("F01")
def test_a_soft_label_alone_is_the_label(load: Load):
    content = 'text,soft\nt,"[0.25, 0.75]"\nu,"[0.6, 0.4]"\nv,\nw,"[0.1, 0.2]"\n'
    dataset, report = load(content, label="", soft=("soft",), classes=("b", "a"))
    assert dataset.given.tolist() == [1, 0]
    assert reasons(report) == [
        (4, "soft", "no label"),
        (5, "soft", "its soft label cannot be used"),
    ]
    assert report.quarantined[1].excerpt == "the shares add to 0.3, not 1"
    several, _ = load(
        'text,soft\nt,"[0.5, 0.9]"\nu,"[0.1, 0]"\n', label="", soft=("soft",),
        classes=("b", "a"), task="multilabel",
    )  # fmt: skip
    assert several.given.tolist() == [[1, 1], [0, 0]]


def test_ready_made_probabilities(write: Callable[..., Path]):
    columns = Columns("text", "label", probabilities=("p_b", "p_a"))
    table = read_table(write("text,label,p_b,p_a\nt,a,0.2,0.8\nu,b,1,0\n"))
    dataset, accepted, _ = load_dataset(table, columns)
    made = supplied_probabilities(accepted, dataset, columns, "data.csv")
    assert made is not None
    assert made.values.tolist() == [[0.8, 0.2], [0.0, 1.0]]
    assert (made.provenance.relation, made.provenance.dataset) == ("unknown", dataset.fingerprint)
    assert supplied_probabilities(accepted, dataset, Columns("text", "label"), "x") is None


@pytest.mark.bad_input("F04")
def test_ready_made_probabilities_that_are_none(write: Callable[..., Path]):
    columns = Columns("text", "label", probabilities=("p_b", "p_a"))
    table = read_table(write("text,label,p_b,p_a\nt,a,0.2,0.8\nu,b,,\n"))
    dataset, accepted, _ = load_dataset(table, columns)
    with pytest.raises(ProbabilitiesRefused) as refused:
        supplied_probabilities(accepted, dataset, columns, "data.csv")
    assert_message(
        refused.value,
        "1 rows hold no probabilities, the first because: no number.",
        "data.csv, line 3, columns p_b, p_a",
        "Nothing was changed.",
        "load without the probabilities",
    )


RECORDS = st.lists(
    st.tuples(
        st.sampled_from(["", "1", "2", "3"]), st.sampled_from(["t", "u", "v"]),
        st.sampled_from(["", "a", "b", "z"]), st.sampled_from(["", "a", "b"]),
    ),
    max_size=8,
)  # fmt: skip


@given(RECORDS, st.booleans(), st.randoms())
def test_the_order_of_rows_and_columns_changes_nothing_about_a_sample(records, with_ids, chance):
    names = ["i", "text", "label", "other"]
    whole = [("8", "x", "a", "b"), ("9", "y", "b", ""), *records]
    frame = pd.DataFrame(whole, columns=names, index=pd.RangeIndex(2, len(whole) + 2), dtype=object)
    rows = chance.sample(range(len(whole)), len(whole))
    turned = frame.iloc[rows][chance.sample(names, 4)]
    turned.index = frame.index
    columns = Columns(
        "text", "label", id="i" if with_ids else "", classes=("a", "b"), annotators=("other",)
    )
    samples = []
    for each in (frame, turned):
        dataset, _, make_report = load_dataset(Table("t", "", each, 0, ()), columns, partial=True)
        report = make_report()
        said = zip(
            dataset.ids, dataset.texts[0], dataset.given.tolist(),
            dataset.annotators["other"].tolist(), strict=True,
        )  # fmt: skip
        samples.append((sorted(said), report.class_counts, report.duplicates))
    assert samples[0] == samples[1]


def test_a_text_dtype_of_pandas_reads_like_objects(write: Callable[..., Path]):
    table = read_table(write(REVIEWS))
    typed = replace(table, frame=table.frame.astype("str"))
    columns = Columns("text", "label", id="id", slices=("source",))
    one, _, first = load_dataset(table, columns)
    two, _, second = load_dataset(typed, columns)
    assert (one.fingerprint, first()) == (two.fingerprint, second())
    assert one.slices["source"].tolist() == two.slices["source"].tolist()
