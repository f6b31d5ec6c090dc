"""Which file, and how it is read: found out, asked where it is open, and always to be overruled."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

from labelviz.core.asked import entries
from labelviz.errors import ChoiceNeeded, LabelvizError
from labelviz.tables.apart import read_apart
from labelviz.tables.encodings import LEGACY
from labelviz.tables.options import ReadOptions
from labelviz.tables.read import FORMATS
from labelviz.tables.table import Table
from labelviz.ui.components import chart, literal, message, notice, on_server, uploads
from labelviz.ui.components.form import Form

TABLE = "table that was read"
PREVIEW_ROWS = 4
WAYS_IN_A_ROW = 3
FOUND_OUT = "Found out"
ENCODINGS = ["", "utf-8", "utf-16-le", "utf-16-be", *LEGACY]
DELIMITERS = {"": FOUND_OUT, ",": "Comma  ,", "\t": "Tab", ";": "Semicolon  ;", "|": "Bar  |"}
MARKS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars"}
QUOTES = {"": FOUND_OUT, '"': 'Double  "', "'": "Single  '", "none": "None"}
ESCAPES = {"": FOUND_OUT, "double": 'Doubled  ""', "backslash": 'Backslash  \\"'}
RETURNS = {"": FOUND_OUT, "cr": "Ends a row", "lf": "Is text"}
HEADERS = {"": FOUND_OUT, "yes": "Names the columns", "no": "Is data"}
NAMES = {"": "Ask", "rename": "Number them"}
SHAPES = {"": FOUND_OUT, "plain": "Rows and columns as they stand"}
COMMENTS = {"": FOUND_OUT, "#": "Lines that start with #", "none": "There are none"}
WAYS = {
    "encoding": "Encoding {value}",
    "delimiter": "Split at {value}",
    "header": "First row: {value}",
    "sheet": "Sheet “{value}”",
    "newline": "A lone carriage return: {value}",
    "escape": "Quotes inside quotes: {value}",
    "comment": "Comments: {value}",
    "names": "Names that repeat: {value}",
    "quote": "Quotes around fields: {value}",
}
WORDS = {
    "delimiter": DELIMITERS,
    "header": HEADERS,
    "newline": RETURNS,
    "escape": ESCAPES,
    "comment": COMMENTS,
    "names": NAMES,
    "quote": QUOTES,
}


def choose() -> Path | None:
    """The file or folder to load, on this machine's disk."""
    left, right = st.columns(2, gap="large")
    kinds = {*FORMATS, ".txt"}
    with left:
        names = sorted(kind.removeprefix(".") for kind in kinds)
        upload = uploads.field("Upload a file", "file to load", type=names)
    with right:
        typed = on_server.file(
            "Or type the path of a file or a datasets folder on the server",
            kinds,
            placeholder="poi_pairs/poi_pairs.csv",
        )
    return upload or typed


def table_of(path: Path) -> Table | None:
    """The rows of a file as the person wants them read; None while something is open.

    A file that can be read in several ways is shown in each of them, and one click settles it.
    """
    form = Form(f"reading {path}", ReadOptions)
    form.start(**{each.name: each.default for each in entries(ReadOptions)} | {"skip": ""})
    options = _options(form)
    try:
        table = read(path, _changed(path), options)
    except ChoiceNeeded as error:
        error.where = error.where.replace(f"{path.parent}/", "")
        _ask(error, form)
        _override(form, None)
        return None
    except LabelvizError as error:
        error.where = error.where.replace(f"{path.parent}/", "")
        message.show(error)
        if path.is_file():
            _override(form, None)
        return None
    _preview(table)
    _override(form, table)
    return table


def read(path: Path, changed: int, options: ReadOptions) -> Table:
    """The file's rows, read once as long as neither it nor the options change.

    One table is kept for each visitor, and none once it was loaded.
    """
    asked = (path, changed, options)
    known: dict[tuple[Path, int, ReadOptions], Table] = st.session_state.get(TABLE, {})
    if asked not in known:
        forget()
        with st.spinner("The file is being read."):
            known = {asked: read_apart(path, options, uploads.own_folder)}
        st.session_state[TABLE] = known
    return known[asked]


def forget() -> None:
    """Let go of the table that was read."""
    st.session_state.pop(TABLE, None)


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


def _options(form: Form) -> ReadOptions:
    """What the fields say, whether they are on the screen yet or not."""
    values: dict[str, Any] = {name: form.value(name) or "" for name in (*WAYS, "format")}
    numbers = (form.value("skip") or "").replace(",", " ").split()
    skip = tuple(int(each) for each in numbers if each.isdecimal())
    return replace(ReadOptions(skip=skip), **values)


def _ask(error: ChoiceNeeded, form: Form) -> None:
    """Every way to read the file side by side, each with the button that settles it."""
    with st.container(border=True, key="choice"):
        literal.block(f'<strong role="alert">{literal.escaped(error.what)}</strong>')
        notice.quiet(error.where)
        notice.quiet(error.remedy)
        for start in range(0, len(error.ways), WAYS_IN_A_ROW):
            places = st.columns(WAYS_IN_A_ROW, gap="medium")
            for place, way in zip(places, error.ways[start:], strict=False):
                words = WORDS.get(error.option, {}).get(way.value, way.value)
                with place:
                    chart.heading(WAYS[error.option].format(value=words))
                    st.code(literal.lines("\n".join(way.preview)), language=None, wrap_lines=True)
                    st.button(
                        "Read it this way",
                        key=f"{error.option} {way.value}",
                        on_click=form.put,
                        kwargs={error.option: way.value},
                        type="primary" if way is error.ways[0] else "secondary",
                    )


def _preview(table: Table) -> None:
    frame = table.frame
    chart.heading(f"The first rows of {len(frame):,}, as they stand in the file")
    notice.quiet(how_read(table.options))
    rows = frame.head(PREVIEW_ROWS)
    st.dataframe(
        literal.table({str(name): rows[name].tolist() for name in rows.columns}),
        hide_index=True,
        key="preview",
    )


def how_read(options: ReadOptions) -> str:
    """How a file was read, in one sentence."""
    quote = {"none": "no quotes"}.get(options.quote, f"quoted by {options.quote}")
    parts = [
        f"sheet “{options.sheet}”" if options.sheet else "",
        f"{options.encoding} text" if options.encoding else "",
        f"split at {MARKS.get(options.delimiter, options.delimiter)}" if options.delimiter else "",
        quote if options.quote else "",
        "quotes escaped by a backslash" if options.escape == "backslash" else "",
        "rows end with a carriage return" if options.newline == "cr" else "",
        {"yes": "the first row names the columns", "no": "no row names the columns"}.get(
            options.header, ""
        ),
        f"comments start with {options.comment}" if options.comment not in ("", "none") else "",
        f"lines set aside: {', '.join(map(str, options.skip))}" if options.skip else "",
    ]
    said = ", ".join(part for part in parts if part)
    return f"Read as: {said}." if said else "Columns and their types are the file's own."


def _override(form: Form, table: Table | None) -> None:
    """A field for everything that can be said about how a file is read."""
    found = table.options if table else ReadOptions()

    def worded(words: dict[str, str], value: str) -> str:
        return words.get(value, value)

    with st.expander("Read it differently", key=f"differently {form.name}"):
        first, second, third = st.columns(3, gap="large")
        with first:
            form.select(
                "encoding", "Encoding", _with(ENCODINGS, form.value("encoding")),
                format_func=lambda name: name or FOUND_OUT, accept_new_options=True,
            )  # fmt: skip
            form.select(
                "delimiter", "Between fields", _with(DELIMITERS, form.value("delimiter")),
                format_func=lambda mark: worded(DELIMITERS, mark), accept_new_options=True,
            )  # fmt: skip
            form.line("sheet", "Sheet of a workbook", placeholder=found.sheet or FOUND_OUT)
        with second:
            form.select(
                "quote", "Around fields", list(QUOTES),
                format_func=lambda mark: worded(QUOTES, mark),
            )  # fmt: skip
            form.select(
                "escape", "Quotes inside quotes", list(ESCAPES),
                format_func=lambda way: worded(ESCAPES, way),
            )  # fmt: skip
            form.select(
                "newline", "A carriage return alone", list(RETURNS),
                format_func=lambda way: worded(RETURNS, way),
            )  # fmt: skip
        with third:
            form.select(
                "header", "The first row", list(HEADERS),
                format_func=lambda way: worded(HEADERS, way),
            )  # fmt: skip
            form.select(
                "names", "Column names that repeat", list(NAMES),
                format_func=lambda way: worded(NAMES, way),
            )  # fmt: skip
            form.select(
                "comment", "Comments", _with(COMMENTS, form.value("comment")),
                format_func=lambda mark: worded(COMMENTS, mark), accept_new_options=True,
            )  # fmt: skip
        first, second = st.columns([1, 2], gap="large")
        with first:
            form.select(
                "format", "Another tool's format", list(SHAPES),
                format_func=lambda shape: worded(SHAPES, shape),
            )  # fmt: skip
        with second:
            form.line("skip", "Lines to set aside, by number", placeholder="2, 17")


def _with(options: list[str] | dict[str, str], value: str | None) -> list[str]:
    return [*options, *([value] if value and value not in options else [])]
