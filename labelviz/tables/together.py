"""Several tables of one folder under one another: the splits of a dataset, or its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from labelviz.errors import FileRefused, in_words
from labelviz.tables.cells import as_text
from labelviz.tables.missing import Missing, joined_missing
from labelviz.tables.nested import held
from labelviz.tables.splits import split_name
from labelviz.tables.table import Content, Note

SPLIT, FILE = "split", "file"


def together(
    parts: Sequence[tuple[Path, Content]], classes: Mapping[str, Sequence[str]]
) -> Content:
    """All rows, numbered from 1 on, with a column that says which file each is from.

    The column is `split` where all files are named after splits, else `file`.

    Parameters
    ----------
    classes : names by column, where numbers from 0 on stand for them.

    Raises
    ------
    FileRefused : the files are no splits, and their columns differ.
    """
    import pandas as pd

    named = all(split_name(path.stem) for path, _ in parts)
    if not named:
        _check_columns(parts)
    every = {str(name) for _, content in parts for name in content.frame.columns}
    frames, quarantined, notes = [], [], []
    missing: list[Missing] = []
    start = 0
    for path, content in parts:
        frame = content.frame
        free = SPLIT if named else FILE
        while free in frame.columns:
            free = f"labelviz_{free}"
        numbers = [int(line) for line in frame.index] + [each.line for each in content.quarantined]
        frame = frame.assign(**{free: split_name(path.stem) if named else _name(path, parts)})
        frame.index = frame.index + start
        frames.append(frame)
        absent = dict.fromkeys(every - set(content.frame.columns), frame.index.to_numpy())
        missing += [absent, {name: lines + start for name, lines in content.missing.items()}]
        quarantined += [replace(each, line=each.line + start) for each in content.quarantined]
        notes.append(Note(f"rows come from {path.name}; lines are counted on", len(frame)))
        notes += content.notes
        start += max(numbers, default=0)
    whole = pd.concat(frames).fillna("").astype("str")
    whole.index.name = "line"
    for name, names in classes.items():
        if name in whole.columns:
            known = {str(k): each for k, each in enumerate(names)}
            before = whole[name]
            whole[name] = [_named(cell, known) for cell in before]
            count = int((whole[name] != before).sum())
            text = f"cells of column {name!r} were class numbers and are class names now"
            notes.append(Note(text, count, tuple(names[:3])))
    blank = sum(content.blank for _, content in parts)
    joined = sum(content.joined for _, content in parts)
    return Content(
        whole, blank, tuple(quarantined), tuple(notes), parts[0][1].options, joined,
        missing=joined_missing(missing),
    )  # fmt: skip


def _check_columns(parts: Sequence[tuple[Path, Content]]) -> None:
    first, content = parts[0]
    names = set(map(str, content.frame.columns))
    for path, other in parts[1:]:
        differ = names ^ set(map(str, other.frame.columns))
        if differ:
            raise FileRefused(
                f"{first.name} and {path.name} are no parts of one table: only one of them has "
                f"{in_words(sorted(differ)[:5])}.",
                where=str(path),
                remedy="Load the file that holds the samples by itself.",
            )


def _named(cell: str, known: Mapping[str, str]) -> str:
    """A class number, or a list of them, as names; -1 is no label, and what else stands stays."""
    numbers = held(cell) if cell[:1] == "[" else None
    if isinstance(numbers, list) and all(str(each) in known for each in numbers):
        return as_text([known[str(each)] for each in numbers])
    return known.get(cell, "" if cell == "-1" else cell)


def _name(path: Path, parts: Sequence[tuple[Path, Content]]) -> str:
    """The name of a file, with its folder where several have the name."""
    alone = sum(other.name == path.name for other, _ in parts) == 1
    return path.name if alone else f"{path.parent.name}/{path.name}"
