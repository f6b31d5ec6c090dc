"""Export targets: every original column, the target, and where it came from."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import chain, pairwise, takewhile, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labelviz.core.arrays import Floats
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.decisions import Review
from labelviz.core.distributions import Targets, labels_of
from labelviz.core.files import created, read_json, sha256, write_json
from labelviz.errors import ExportRefused, WorkspaceRefused
from labelviz.processes import changing
from labelviz.tables.columns import Columns
from labelviz.tables.limits import EXAMPLES, LONGEST_FIELD
from labelviz.tables.names import listed
from labelviz.tables.spreadsheet import GUARDED, columns_in, guarded_columns, unguarded_cell
from labelviz.tables.table import Note

if TYPE_CHECKING:
    import pandas as pd

MANIFEST = "manifest.json"
OWN = ("hard_label", "weight", "status", "source", "policy", "reviewer", "decided_at", "note")
"""The columns of an export that are there whatever the classes are called."""
TARGET = "target_"
RENAMED = "labelviz_"
"""What stands before the name of an added column that the file has already."""


@dataclass(frozen=True)
class Exported:
    """A file of targets that was written and read back equal."""

    path: Path
    manifest: Path
    record: dict[str, Any]


def export_columns(targets: Targets, review: Review) -> dict[str, list[str]]:
    """The columns labelviz adds, as text. Floats are in their shortest exact form, NaN is empty.

    Reviewer, time and note are those of the decision that stands, and empty where none does.
    """
    dataset = review.dataset
    columns = {"hard_label": [_hard_label(dataset, row) for row in enumerate(targets.values)]}
    for k, name in enumerate(dataset.classes):
        columns[f"{TARGET}{name}"] = [_number(value) for value in targets.values[:, k]]
    columns["weight"] = [_number(value) for value in targets.weight]
    columns["status"] = [review.status(row) for row in range(len(dataset))]
    columns["source"] = list(targets.source)
    columns["policy"] = [targets.policy] * len(dataset)
    standing = [review.agreed(sample) for sample in dataset.ids]
    columns["reviewer"] = [each.reviewer if each else "" for each in standing]
    columns["decided_at"] = [each.decided_at if each else "" for each in standing]
    columns["note"] = [each.note if each else "" for each in standing]
    return columns


def export_csv(
    path: Path,
    original: pd.DataFrame,
    ids: Sequence[str],
    added: dict[str, list[str]],
    about: dict[str, Any],
    *,
    exact: bool = True,
) -> Exported:
    """Write a new UTF-8 CSV and its entry in `manifest.json`, if it reads back equal.

    An added column that the original file already has is called `labelviz_` and its name; the label
    and its targets are renamed together, so that they can be told from earlier ones. Where the
    original has no column of the sample ids, `id` comes first, renamed alike.

    Parameters
    ----------
    exact : whether every text is written as it is. Else a spreadsheet takes none for a formula, see
        `labelviz.tables.spreadsheet`, and where any looked like one a column `guarded` names it.

    Raises
    ------
    ExportRefused : the file exists, the folder cannot be written, or a cell read back differently.
    """
    has_ids = any(list(original[name]) == list(ids) for name in original.columns)
    columns: dict[str, Sequence[str]] = {
        str(name): original[name].tolist() for name in original.columns
    }
    together = [name for name in added if name == OWN[0] or name.startswith(TARGET)]
    renamed = {name: _free_name(name, columns) for name in added if name not in together}
    renamed = {**_free_together(together, columns), **renamed}
    if not has_ids:
        columns = {_free_name("id", columns): ids} | columns
    columns |= {renamed[name]: cells for name, cells in added.items()}
    if not exact:
        columns = guarded_columns(columns, _free_name(GUARDED, columns))
    manifest = path.parent / MANIFEST
    entries(manifest)
    with ExitStack() as held, created(path) as temporary:
        _write(temporary, columns)
        _check_reads_back(temporary, columns)
        record = {
            **about,
            "rows": len(ids),
            "columns": list(columns),
            "added_columns": renamed,
            "exact": exact,
            "sha256": sha256(temporary),
        }
        held.enter_context(_entered(manifest, path.name, record))
    return Exported(path, manifest, record)


@contextmanager
def _entered(manifest: Path, name: str, record: dict[str, Any]) -> Iterator[None]:
    """Enter a file before it is there, so that none is ever there without its entry."""
    with changing(manifest):
        before = entries(manifest)
        write_json(manifest, {"labelviz_exports": {**before, name: record}})
        try:
            yield
        except BaseException:
            write_json(manifest, {"labelviz_exports": before})
            raise


@dataclass(frozen=True)
class Added:
    """The columns that one export added to a file: what it says belongs together.

    Parameters
    ----------
    classes : names, in the order of the targets.
    names : all of its columns, in the order of the file.
    """

    label: str
    targets: tuple[str, ...]
    weight: str
    classes: tuple[str, ...]
    names: tuple[str, ...]


def exports(names: Sequence[str]) -> list[Added]:
    """What each export added to a file with these columns, oldest first; nothing if none did.

    The targets are told from other columns that start with `target_` by their place: at once after
    the label.
    """
    plain = [_plain(name) for name in names]
    starts = [at for at, name in enumerate(plain) if name == OWN[0]]
    return [
        added
        for start, end in pairwise([*starts, len(names)])
        if (added := _added(names[start:end], plain[start:end]))
    ]


def _added(names: Sequence[str], plain: Sequence[str]) -> Added | None:
    """The columns of one export among those from its label on; None where they are not whole."""
    count = len([*takewhile(lambda name: name.startswith(TARGET), plain[1:])])
    own = [name for name, each in zip(names, plain, strict=True) if each in (*OWN, GUARDED)]
    if not count or not set(plain) >= set(OWN):
        return None
    return Added(
        names[0],
        tuple(names[1 : 1 + count]),
        names[plain.index("weight")],
        tuple(name.removeprefix(TARGET) for name in plain[1 : 1 + count]),
        (own[0], *names[1 : 1 + count], *own[1:]),
    )


def as_exported(frame: pd.DataFrame, columns: Columns) -> Columns:
    """The mapping, with the classes of an export where its label or its targets are used.

    So a class stays one whatever its name, and is known also where no sample has it. What somebody
    said of classes or task stands.
    """
    if columns.task or columns.classes or columns.label not in {"", *frame.columns}:
        return columns
    for each in exports([str(name) for name in frame.columns]):
        if columns.label == each.label or set(columns.soft) == set(each.targets):
            known = set(each.classes)
            cells = frame[columns.label].unique() if columns.label else ()
            fits = all(_names_only(str(cell), known) for cell in cells)
            return replace(columns, classes=each.classes) if fits else columns
    return columns


def with_label(columns: Columns, label: str, names: Sequence[str]) -> Columns:
    """The mapping with this label, and no targets or weight of an export but the label's own."""
    made = exports(names)
    theirs = {name for each in made for name in each.names}
    columns = replace(
        columns,
        label=label,
        soft=() if theirs.intersection(columns.soft) else columns.soft,
        weight="" if columns.weight in theirs else columns.weight,
    )
    mine = next((each for each in made if each.label == label), None)
    return replace(columns, soft=mine.targets, weight=mine.weight) if mine else columns


def _names_only(cell: str, classes: set[str]) -> bool:
    """Whether a cell is empty, a class, or a list of classes."""
    found = listed(cell)
    return not cell or cell in classes or (found is not None and set(found) <= classes)


def _plain(name: str) -> str:
    """The name of an added column before it was renamed to be free."""
    while name.startswith(RENAMED):
        name = name.removeprefix(RENAMED)
    return name


def unguarded(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Note]]:
    """An export for spreadsheets as an exact one: apostrophes and the column that names them gone.

    Other tables come back as they are. A cell that was changed since, so that it has no apostrophe
    any more, stands as it is.
    """
    import pandas as pd

    names = [str(name) for name in frame.columns]
    made = exports(names)
    guards = [name for name in (made[-1].names if made else ()) if _plain(name) == GUARDED]
    if not guards:
        return frame, []
    guard, own = guards[-1], {unguarded_cell(name): at for at, name in enumerate(names)}
    columns = {at: frame.iloc[:, at].to_numpy(dtype=object, copy=True) for at in own.values()}
    changed: list[str] = []
    for row, cell in enumerate(frame[guard]):
        for name in columns_in(cell) if cell else ():
            before = columns[own[name]][row] if name in own else ""
            if (text := unguarded_cell(before)) != before:
                columns[own[name]][row] = text
                changed.append(text)
    result = frame.copy()
    for at, cells in columns.items():
        result.isetitem(at, cells)
    if len(own) == len(names):
        result.columns = pd.Index(list(own), dtype=object)
    note = "cells had an apostrophe that kept a spreadsheet from taking them for a formula"
    return result.drop(columns=guard), [Note(note, len(changed), tuple(changed[:EXAMPLES]))]


def recognised(path: Path, sha256: str, names: Sequence[str]) -> list[Note]:
    """What tells that a file is an export of labelviz: its columns, and the manifest beside it."""
    added = [name for each in exports(names) for name in each.names]
    if not added:
        return []
    text = "columns were added by labelviz when it exported this file"
    notes = [Note(text, len(added), tuple(added[:EXAMPLES]))]
    with suppress(ExportRefused):
        entry = entries(path.parent / MANIFEST).get(path.name)
        if isinstance(entry, dict):
            same = entry.get("sha256") == sha256
            text = (
                "rows are as labelviz exported them"
                if same
                else ("rows when labelviz exported this file, which was changed since")
            )
            rows = entry.get("rows")
            notes.append(Note(text, rows if isinstance(rows, int) else 0))
    return notes


def entries(manifest: Path) -> dict[str, Any]:
    """What a manifest says of the exports beside it, by file name; nothing where there is none.

    Raises
    ------
    ExportRefused : labelviz did not write it.
    """
    if not os.path.exists(manifest):
        return {}
    with suppress(WorkspaceRefused):
        content = read_json(manifest)
        if isinstance(content, dict) and isinstance(content.get("labelviz_exports"), dict):
            return dict(content["labelviz_exports"])
    raise ExportRefused(
        f"The folder holds a {MANIFEST} that labelviz did not write.",
        where=str(manifest),
        safe="It was left as it is.",
        remedy="Export into another folder.",
    )


def _free_together(names: Sequence[str], taken: Iterable[str]) -> dict[str, str]:
    start = ""
    while any(start + name in taken for name in names):
        start += RENAMED
    return {name: start + name for name in names}


def _free_name(name: str, taken: Iterable[str]) -> str:
    while name in taken:
        name = f"{RENAMED}{name}"
    return name


def _write(path: Path, columns: dict[str, Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def _check_reads_back(path: Path, columns: dict[str, Sequence[str]]) -> None:
    csv.field_size_limit(LONGEST_FIELD)
    expected = chain([tuple(columns)], zip(*columns.values(), strict=True))
    with path.open(encoding="utf-8", newline="") as file:
        pairs = zip_longest(csv.reader(file, strict=True), expected, fillvalue=())
        for number, (read, wrote) in enumerate(pairs, start=1):
            if tuple(read) == wrote:
                continue
            cells = zip_longest(columns, read, wrote)
            at = next(name for name, r, w in cells if r != w)
            raise ExportRefused(
                f"Export check failed at row {number}, column {at!r}. No file was published.",
                where=str(path.parent),
                remedy="Check the disk, then export again.",
            )


def _number(value: float) -> str:
    return "" if np.isnan(value) else repr(float(value))


def _hard_label(dataset: Dataset, numbered: tuple[int, Floats]) -> str:
    """A class name; of several a JSON list, which holds any names and none; empty if unknown.

    Where several classes share the highest place, the given label stands if it is one of them.
    """
    at, row = numbered
    if not dataset.multilabel:
        given = int(dataset.given[at])
        stands = given != MISSING and row[given] == row.max()
        return dataset.classes[given if stands else int(row.argmax())]
    if np.isnan(row).any():
        return ""
    named = dataset.label_names(labels_of(row, multilabel=True)[None], 0)
    return json.dumps(list(named), ensure_ascii=False)
