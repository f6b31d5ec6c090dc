"""A file read in a process of its own: whatever it costs, the one that asks for it lives on.

What is small and plain cannot cost much, and is read at once.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from labelviz import errors
from labelviz.core.files import read_json
from labelviz.errors import UNCHANGED, Choice, ChoiceNeeded, FileRefused, InputRefused, Way
from labelviz.tables.columns import Columns
from labelviz.tables.options import ReadOptions
from labelviz.tables.read import read_cells, read_table
from labelviz.tables.table import Note, Quarantined, Table, frame_of

SMALL = 262_144  # bytes of a file of text that is read at once
# How files begin that may hold far more than their size: gzip, Excel, Parquet.
PACKED = (b"\x1f\x8b", b"PK", b"PAR1")
SECONDS = 300
SHARE_OF_MEMORY = 4
ASKED, REFUSED, ABOUT, ROWS = "asked.json", "refused.json", "table.json", "rows.arrow"


def read_apart(
    path: Path, options: ReadOptions, folder: Callable[[], Path], *, cells: bool = False
) -> Table:
    """The rows of a file, as `read_table` has them.

    Parameters
    ----------
    folder : makes the one where the other process may write.
    cells : have them as `read_cells` does.

    Raises
    ------
    InputRefused : as `read_table`, or reading it took too much memory or time.
    """
    if _is_small(path):
        return read_cells(path, options) if cells else read_table(path, options)
    with tempfile.TemporaryDirectory(dir=folder()) as name:
        place = Path(name)
        asked = {"path": str(path), "options": asdict(options), "cells": cells}
        (place / ASKED).write_text(json.dumps(asked))
        command = [sys.executable, "-m", "labelviz.tables.apart", name]
        try:
            ended = subprocess.run(command, timeout=SECONDS, stderr=subprocess.DEVNULL).returncode  # noqa: S603
        except subprocess.TimeoutExpired:
            ended = None
        if (place / REFUSED).exists():
            raise _error(read_json(place / REFUSED))
        if ended != 0:
            raise _too_much(path)
        return _table(place)


def main(folder: Path) -> None:
    """Read what was asked for within limits, and write what came of it."""
    asked = read_json(folder / ASKED)
    most = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // SHARE_OF_MEMORY
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    options = ReadOptions(**{**asked["options"], "skip": tuple(asked["options"]["skip"])})
    read = read_cells if asked["cells"] else read_table
    try:
        _write(read(Path(asked["path"]), options), folder)
    except InputRefused as error:
        (folder / REFUSED).write_text(json.dumps(_plain(error)))


def _is_small(path: Path) -> bool:
    try:
        if not path.is_file() or path.stat().st_size > SMALL:
            return not path.exists()
        with path.open("rb") as file:
            return not file.read(4).startswith(PACKED)
    except OSError:
        return True  # which `read_table` says


def _too_much(path: Path) -> FileRefused:
    return FileRefused(
        f"Reading {path.name} came to no end: it may take too much memory, or over 5 minutes.",
        where=str(path),
        safe=UNCHANGED,
        remedy="Leave out rows or columns that are not needed, or use `labelviz load`.",
    )


def _write(table: Table, folder: Path) -> None:
    import pyarrow as pa

    frame = table.frame
    cells = [pa.array(frame.iloc[:, at], pa.large_string()) for at in range(len(frame.columns))]
    lines = pa.array(frame.index.to_numpy(), pa.int64())
    rows = pa.table([lines, *cells], names=["line", *map(str, range(len(cells)))])
    with pa.OSFile(str(folder / ROWS), "wb") as file, pa.ipc.new_file(file, rows.schema) as out:
        out.write_table(rows)
    about = {
        "name": table.name, "sha256": table.sha256, "blank": table.blank, "joined": table.joined,
        "columns": [str(name) for name in frame.columns],
        "quarantined": [asdict(each) for each in table.quarantined],
        "notes": [asdict(each) for each in table.notes],
        "options": asdict(table.options), "meant": table.meant.as_json(),
    }  # fmt: skip
    (folder / ABOUT).write_text(json.dumps(about))


def _table(folder: Path) -> Table:
    import pyarrow as pa

    about = read_json(folder / ABOUT)
    with pa.OSFile(str(folder / ROWS), "rb") as file:
        rows = pa.ipc.open_file(file).read_all()
    lines = rows.column("line").to_numpy()
    notes = [Note(**{**each, "examples": tuple(each["examples"])}) for each in about["notes"]]
    options = {**about["options"], "skip": tuple(about["options"]["skip"])}
    return Table(
        about["name"], about["sha256"],
        frame_of(rows.drop_columns("line"), lines, about["columns"]),
        about["blank"], tuple(Quarantined(**each) for each in about["quarantined"]), tuple(notes),
        ReadOptions(**options), Columns.from_json(about["meant"]), about["joined"],
    )  # fmt: skip


def _plain(error: InputRefused) -> dict[str, Any]:
    ways = error.ways if isinstance(error, ChoiceNeeded) else ()
    return {
        "kind": type(error).__name__, "what": error.what, "where": error.where,
        "safe": error.safe, "remedy": error.remedy,
        "choices": [asdict(each) for each in error.choices],
        "option": getattr(error, "option", ""), "ways": [asdict(each) for each in ways],
    }  # fmt: skip


def _error(said: dict[str, Any]) -> InputRefused:
    parts = {name: said[name] for name in ("where", "safe", "remedy")}
    if said["kind"] == ChoiceNeeded.__name__:
        ways = [Way(each["value"], tuple(each["preview"])) for each in said["ways"]]
        return ChoiceNeeded(said["what"], **parts, option=said["option"], ways=ways)
    kind: type[InputRefused] = getattr(errors, said["kind"])
    return kind(said["what"], **parts, choices=[Choice(**each) for each in said["choices"]])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
