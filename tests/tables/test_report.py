from __future__ import annotations

import csv
import io
import json

import pytest

from labelviz.tables.columns import Columns
from labelviz.tables.load import load_dataset
from labelviz.tables.read import read_table
from labelviz.tables.report import ImportReport, Note, note, quarantine_file
from labelviz.tables.table import Quarantined


def report_of(write, content: str, **columns) -> ImportReport:
    return load_dataset(
        read_table(write(content)), Columns("text", "label", **columns), partial=True
    )[2]()


def test_the_report_survives_json(write):
    report = report_of(write, "text,label\nt,a\nu,b\nv,\nt,a\nw,b,c\n")
    assert report.duplicates.exact == 1
    assert report.lengths
    assert report.quarantined
    assert ImportReport.from_json(json.loads(json.dumps(report.as_json()))) == report


def test_a_report_of_an_older_version_is_read(write):
    whole = report_of(write, "text,label\nt,a\nu,b\n").as_json()
    old = {k: v for k, v in whole.items() if k not in ("duplicates", "lengths", "too_few")}
    read = ImportReport.from_json(json.loads(json.dumps(old)))
    assert (read.accepted, read.duplicates.exact, read.lengths) == (2, 0, ())


def test_reasons_are_counted_most_frequent_first(write):
    report = report_of(write, "text,label\nt,a\nu,b\nv,z\nw,\nx,\n", classes=("a", "b"))
    assert [(key, len(rows)) for key, rows in report.quarantine_reasons().items()] == [
        ("no label", 2),
        ("unknown label", 1),
    ]


def rows_aside(report: ImportReport) -> list[list[str]]:
    return list(csv.reader(io.StringIO(quarantine_file(report).decode(), newline="")))


def test_quarantined_rows_are_written_as_csv(write):
    report = report_of(write, 'text,label\nt,a\nu,b\n"v\n,w",\nx\n')
    assert report.quarantined[0] == Quarantined(4, "label", "no label")
    assert rows_aside(report) == [
        ["line", "column", "reason", "excerpt"],
        ["4", "label", "no label", ""],
        ["6", "", "1 fields, expected 2", "x"],
    ]


@pytest.mark.bad_input("J05")
def test_no_quarantined_row_is_a_formula(write):
    report = report_of(write, "text,label\nt,a\nu,b\n=HYPERLINK(1)\n")
    assert rows_aside(report) == [
        ["line", "column", "reason", "excerpt", "guarded"],
        ["4", "", "1 fields, expected 2", "'=HYPERLINK(1)", '["excerpt"]'],
    ]


def test_a_note_counts_all_and_shows_three_different():
    assert note("seen", []) == []
    assert note("seen", ["a", "a", "b", "c", "d"]) == [Note("seen", 5, ("a", "b", "c"))]
    assert note("seen", ["x" * 100], 7) == [Note("seen", 7, ("x" * 80,))]
