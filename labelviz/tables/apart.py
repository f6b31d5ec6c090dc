"""A visitor's file handled in a process of its own: whatever it costs, the server lives on.

What is small and plain cannot cost much, and is handled at once.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from labelviz import errors
from labelviz.core.files import read_json
from labelviz.errors import (
    UNCHANGED,
    Choice,
    ChoiceNeeded,
    ClassesGone,
    FileRefused,
    InputRefused,
    LabelvizError,
    Way,
)
from labelviz.tables.columns import Columns
from labelviz.tables.llm.join import with_answers
from labelviz.tables.missing import missing_of, with_nulls
from labelviz.tables.options import ReadOptions
from labelviz.tables.read import read_table
from labelviz.tables.table import Note, Quarantined, Table, frame_of

SMALL = 1_000_000  # bytes of files of text that are handled at once
# How files begin that may hold far more than their size: gzip, Excel, Parquet.
PACKED = (b"\x1f\x8b", b"PK", b"PAR1")
# JSON, whose rows times keys may be far more cells than its size says: so many times as heavy.
JSON, JSON_WEIGHT = (b"{", b"["), 64
# Bytes that tell it, marks of encodings and blanks left aside; a longer line names many columns.
HEAD = 4096
NO_TEXT = b"\xef\xbb\xbf\xfe\xff\x00 \t\r\n"
SECONDS = 300
SHARE_OF_MEMORY = 4
ASKED, REFUSED, ABOUT, ROWS = "asked.json", "refused.json", "table.json", "rows.arrow"


@dataclass(frozen=True)
class Join:
    """Results of an LLM batch that are joined to a table, as `with_answers` does.

    Parameters
    ----------
    files : the results; nothing is joined where there are none.
    key : under which key they say the class; found out where empty.
    columns : what somebody said of the table.
    """

    files: tuple[Path, ...] = ()
    key: str = ""
    columns: Columns = field(default_factory=Columns)


NOT_JOINED = Join()


def read_apart(
    path: Path, options: ReadOptions, folder: Callable[[], Path], join: Join = NOT_JOINED
) -> Table:
    """The rows of a file, as `read_table` has them, with answers joined to them.

    Parameters
    ----------
    folder : makes the one where the other process may write.

    Raises
    ------
    InputRefused : as `read_table` and `with_answers`, or it took too much memory or time.
    """
    if are_small(path, *join.files):
        return _read(path, options, join)
    asked = {
        "path": str(path), "options": asdict(options), "key": join.key,
        "answers": [str(each) for each in join.files], "columns": join.columns.as_json(),
    }  # fmt: skip
    with place_apart(folder) as place:
        have_done(__name__, asked, place, path)
        return table_in(place)


def main(place: Path) -> None:
    """Read what was asked for, and leave the table in the same folder."""
    with doing_apart(place) as asked:
        join = Join(
            tuple(map(Path, asked["answers"])), asked["key"], Columns.from_json(asked["columns"])
        )
        put_table(_read(Path(asked["path"]), _options(asked["options"]), join), place)


# The two sides of it


def are_small(*paths: Path) -> bool:
    """Whether these files are plain text, and small together."""
    return sum(map(_weight, paths)) <= SMALL


@contextmanager
def place_apart(folder: Callable[[], Path]) -> Iterator[Path]:
    """A folder that two processes share for a while, in one that is made where it is not."""
    with tempfile.TemporaryDirectory(dir=folder()) as name:
        yield Path(name)


def have_done(module: str, asked: Mapping[str, Any], place: Path, path: Path) -> None:
    """Have a module do what is asked, in a process of its own within limits.

    Parameters
    ----------
    module : a program that is told the place, and does it inside `doing_apart`.
    place : the folder in which it finds what is asked, and leaves what comes of it.
    path : the file that it is all about.

    Raises
    ------
    LabelvizError : what the other process said. FileRefused : it took too much memory or time.
    """
    (place / ASKED).write_text(json.dumps(asked))
    command = [sys.executable, "-m", module, str(place)]
    try:
        ended = subprocess.run(command, timeout=SECONDS, stderr=subprocess.DEVNULL).returncode  # noqa: S603
    except subprocess.TimeoutExpired:
        ended = None
    if (place / REFUSED).exists():
        raise _error(read_json(place / REFUSED))
    if ended != 0:
        raise _too_much(path)


@contextmanager
def doing_apart(place: Path) -> Iterator[dict[str, Any]]:
    """What `have_done` asked this process, which has limits now and leaves its refusal there."""
    asked = read_json(place / ASKED)
    most = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // SHARE_OF_MEMORY
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    try:
        yield asked
    except LabelvizError as error:
        (place / REFUSED).write_text(json.dumps(_plain(error)))


def _read(path: Path, options: ReadOptions, join: Join) -> Table:
    table = read_table(path, options)
    return with_answers(table, join.files, join.columns, join.key) if join.files else table


def _weight(path: Path) -> float:
    """Bytes of a file; without end where it may hold more than it is long."""
    try:
        if not path.is_file():
            return float("inf") if path.exists() else 0.0
        with path.open("rb") as file:
            head = file.read(HEAD)
        begins = head.lstrip(NO_TEXT)
        is_wide = len(head) == HEAD and not any(end in begins for end in b"\r\n")
        if head.startswith(PACKED) or is_wide:
            return float("inf")
        return path.stat().st_size * (JSON_WEIGHT if begins.startswith(JSON) else 1)
    except OSError:
        return 0.0  # which `read_table` says


def _too_much(path: Path) -> FileRefused:
    return FileRefused(
        f"Reading {path.name} came to no end: it may take too much memory, or over 5 minutes.",
        where=str(path),
        safe=UNCHANGED,
        remedy="Leave out rows or columns that are not needed, or use `labelviz load`.",
    )


# What goes from one to the other


def put_table(table: Table, place: Path) -> None:
    """Write a table for the other process."""
    import pyarrow as pa

    frame = table.frame
    cells = with_nulls(frame, table.missing)
    lines = pa.array(frame.index.to_numpy(), pa.int64())
    rows = pa.table([lines, *cells], names=["line", *map(str, range(len(cells)))])
    with pa.OSFile(str(place / ROWS), "wb") as file, pa.ipc.new_file(file, rows.schema) as out:
        out.write_table(rows)
    about = {
        "name": table.name, "sha256": table.sha256, "blank": table.blank, "joined": table.joined,
        "columns": [str(name) for name in frame.columns],
        "quarantined": [asdict(each) for each in table.quarantined],
        "notes": [asdict(each) for each in table.notes],
        "options": asdict(table.options), "meant": table.meant.as_json(),
        "beside": [[str(path), sha256] for path, sha256 in table.beside],
        "questions": table.questions,
    }  # fmt: skip
    (place / ABOUT).write_text(json.dumps(about))


def table_in(place: Path) -> Table:
    """The table that the other process wrote; its cells stay on the disk, gone when it is."""
    import pyarrow as pa

    about = read_json(place / ABOUT)
    with pa.memory_map(str(place / ROWS)) as file:
        rows = pa.ipc.open_file(file).read_all()
    lines = rows.column("line").to_numpy()
    cells = rows.drop_columns("line")
    notes = [Note(**{**each, "examples": tuple(each["examples"])}) for each in about["notes"]]
    return Table(
        about["name"], about["sha256"],
        frame_of(cells, lines, about["columns"]),
        about["blank"], tuple(Quarantined(**each) for each in about["quarantined"]), tuple(notes),
        _options(about["options"]), Columns.from_json(about["meant"]), about["joined"],
        tuple((Path(path), sha256) for path, sha256 in about["beside"]),
        tuple(about["questions"]), missing_of(cells, lines, about["columns"]),
    )  # fmt: skip


def _options(said: Mapping[str, Any]) -> ReadOptions:
    return ReadOptions(**{**said, "skip": tuple(said["skip"])})


def _plain(error: LabelvizError) -> dict[str, Any]:
    choices: Sequence[Choice] = getattr(error, "choices", ())
    ways = error.ways if isinstance(error, ChoiceNeeded) else ()
    return {
        "kind": type(error).__name__, "what": error.what, "where": error.where,
        "safe": error.safe, "remedy": error.remedy,
        "choices": [asdict(each) for each in choices],
        "option": getattr(error, "option", ""), "ways": [asdict(each) for each in ways],
    }  # fmt: skip


def _error(said: dict[str, Any]) -> LabelvizError:
    parts = {name: said[name] for name in ("where", "safe", "remedy")}
    if said["kind"] == ChoiceNeeded.__name__:
        ways = [Way(each["value"], tuple(each["preview"])) for each in said["ways"]]
        return ChoiceNeeded(said["what"], **parts, option=said["option"], ways=ways)
    kind: type[LabelvizError] = getattr(errors, said["kind"])
    if issubclass(kind, InputRefused | ClassesGone):
        return kind(said["what"], **parts, choices=[Choice(**each) for each in said["choices"]])
    return kind(said["what"], **parts)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
