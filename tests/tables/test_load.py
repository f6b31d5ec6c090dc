from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.dataset import MISSING, Dataset
from labelviz.errors import ColumnRefused, InputRefused, LabelsRefused
from labelviz.tables.columns import Columns
from labelviz.tables.labels import parse_label
from labelviz.tables.load import load_dataset
from labelviz.tables.read import read_csv
from labelviz.tables.report import ImportReport, write_quarantine
from tests.conftest import REVIEWS, assert_message

Load = Callable[..., tuple[Dataset, ImportReport]]


@pytest.fixture
def load(write: Callable[..., Path]) -> Load:
    """Load CSV text with `text` and `label` columns, and others as asked."""

    def loaded(content: str, **columns) -> tuple[Dataset, ImportReport]:
        named = Columns(**{"text": "text", "label": "label", **columns})
        dataset, _, report = load_dataset(read_csv(write(content)), named)
        return dataset, report

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
    assert report.notes == ()


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
        (["9" * 5000, "1"], {}, "binary", ("1", "9" * 5000)),
        (["a", "b", " "], {}, "binary", ("a", "b")),
    ],
)
def test_task_and_classes_are_found_out(load: Load, labels, more, task, classes):
    dataset, _ = load("text,label\n" + "".join(f"t,{each}\n" for each in labels), **more)
    assert (dataset.task, dataset.classes) == (task, classes)


def test_multilabel_cells(load: Load):
    dataset, report = load("text,label\nt,a|b\nu, b | c \nv,c|c\nw,b|\n")
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
        (4, "label", "unknown label 'A'"),
        (5, "label", "no label"),
        (6, "label", "no label"),
        (7, "label", "unknown label 'NA'"),
    ]
    assert (report.rows_in, report.accepted) == (6, 2)


@pytest.mark.bad_input("D09")
def test_an_unknown_name_among_several_sets_the_row_aside(load: Load):
    _, report = load("text,label\nt,a|b\nu,a|z\n", classes=("a", "b"), task="multilabel")
    assert reasons(report) == [(3, "label", "unknown label 'a|z'")]


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
        (4, "i", "repeats line 2: same id, text and label"),
        (5, "i", "repeats line 2: same id, text and label"),
    ]


@pytest.mark.bad_input("C04")
@pytest.mark.parametrize("other", ["1,T,a", "1,t,b"])
def test_an_id_with_two_contents_sets_all_of_them_aside(load: Load, other: str):
    dataset, report = load(f"i,text,label\n1,t,a\n2,u,b\n{other}\n3,v,a\n", id="i")
    assert dataset.ids.tolist() == ["2", "3"]
    assert reasons(report) == [
        (2, "i", "id '1' appears 2 times with different content"),
        (4, "i", "id '1' appears 2 times with different content"),
    ]


@pytest.mark.bad_input("C07", "C08", "C09")
def test_ids_are_text_and_kept_exactly(load: Load):
    ids = ["007", "7", " 7", "12345678901234567890", "1.23E+17", "é", "e\u0301", "=1+1", "../x"]
    content = "i,text,label\n" + "".join(f"{each},t,{n % 2}\n" for n, each in enumerate(ids))
    assert load(content, id="i")[0].ids.tolist() == ids


@pytest.mark.bad_input("C01", "C05")
def test_without_an_id_column_ids_come_from_the_texts(load: Load):
    content = "text,label\nsame,a\nother,b\nsame,b\n"
    dataset, report = load(content)
    again, _ = load("label,text\nb,other\na,same\nb,same\n")
    assert dataset.ids[2] == f"{dataset.ids[0]}-2"
    assert sorted(dataset.ids) == sorted(again.ids)
    assert len(dataset.ids[0]) == 16
    assert notes(report) == [("samples repeat the text of an earlier one", 1, ("same",))]


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
            "cells in column 'sure' are no number from 0 to 1 and count as unknown",
            3,
            ("1.5", "0,5", "high"),
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
        ("\nt,z\n", 1, "unknown label 'z'", 3),
        ("t,a,b\nu\n", 2, "3 fields, expected 2", 2),
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


@pytest.mark.bad_input("D11")
def test_a_single_class_makes_no_task(load: Load):
    with pytest.raises(LabelsRefused) as refused:
        load("text,label\nt,a\nu,a\n")
    assert "needs at least two classes" in refused.value.what
    assert "Check the label column" in refused.value.remedy


def test_a_task_that_is_none(load: Load):
    with pytest.raises(LabelsRefused, match="no task 'regression'") as refused:
        load("text,label\nt,a\nu,b\n", task="regression")
    assert refused.value.remedy == "Choose one of binary, multiclass, multilabel."


@pytest.mark.bad_input("D16")
def test_a_class_named_twice(load: Load):
    with pytest.raises(LabelsRefused, match="distinct and not empty"):
        load("text,label\nt,a\nu,b\n", classes=("a", "b", "a"))


def test_the_report_survives_json(load: Load):
    _, report = load("text,label\nt,a\nu,b\nv,\nt,a\nw,b,c\n")
    assert ImportReport.from_json(json.loads(json.dumps(report.as_json()))) == report


def test_reasons_are_counted_most_frequent_first(load: Load):
    _, report = load("text,label\nt,a\nu,b\nv,z\nw,\nx,\n", classes=("a", "b"))
    assert [(key, len(rows)) for key, rows in report.quarantine_reasons().items()] == [
        ("no label", 2),
        ("unknown label 'z'", 1),
    ]


def test_quarantined_rows_are_written_as_csv(load: Load, tmp_path: Path):
    _, report = load('text,label\nt,a\nu,b\n"v\n,w",\nx\n')
    write_quarantine(tmp_path / "quarantine.csv", report)
    with (tmp_path / "quarantine.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["line", "column", "reason", "excerpt"],
            ["4", "label", "no label", ""],
            ["6", "", "1 fields, expected 2", "x"],
        ]


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
    dataset, original, report = load_dataset(read_csv(path), columns)
    assert report.rows_in == len(rows) + len(good)
    assert report.rows_in == report.accepted + len(report.quarantined) + report.blank
    assert report.accepted == len(dataset) == len(original)
    lines = [each.line for each in report.quarantined]
    assert lines == sorted(set(lines))
    assert not set(lines) & set(original.index)
    assert original["text"].tolist() == dataset.texts[0].tolist()
