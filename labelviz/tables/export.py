"""Export targets: every original column, the target, and where it came from."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labelviz.core.arrays import Floats, Strings, highest
from labelviz.core.dataset import MISSING, SUM_TOLERANCE, Dataset
from labelviz.core.decisions import STATUSES, Review
from labelviz.core.distributions import Targets
from labelviz.core.files import created, created_folder, read_json, sha256, write_json
from labelviz.core.statuses import Statuses
from labelviz.errors import ExportRefused, WorkspaceRefused
from labelviz.processes import changing
from labelviz.tables.columnar import fingerprint
from labelviz.tables.columns import Columns
from labelviz.tables.exported import Added, exports, plain_name
from labelviz.tables.limits import EXAMPLES
from labelviz.tables.missing import Missing
from labelviz.tables.names import listed
from labelviz.tables.spreadsheet import GUARDED, columns_in, unguarded_cell
from labelviz.tables.table import Note
from labelviz.tables.writers.delimited import CSV
from labelviz.tables.writers.writer import (
    HARD_LABEL,
    MISSING_CELLS,
    RENAMED,
    TARGET,
    ArrowTexts,
    Cells,
    ExportTable,
    FileFormat,
    texts_by_number,
    unused_column,
)

if TYPE_CHECKING:
    import pandas as pd

    from labelviz.core.suspicion import Suspicion

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Exported:
    """A file of targets that was written and read back equal."""

    path: Path
    manifest: Path
    record: dict[str, Any]


def export_columns(
    targets: Targets,
    review: Review,
    *,
    provenance: bool = True,
    thresholds: Floats | None = None,
) -> dict[str, Cells]:
    """The columns labelviz adds: texts, and the numbers of targets and weight, NaN if unknown.

    Reviewer, time and note are those of the decision that stands, and empty where none does.

    Parameters
    ----------
    provenance : whether the columns are there that say who or what decided: source, policy,
        reviewer, time and note.
    thresholds : (N, K) from which a class counts as there; None for one half of several labels,
        and for the top one of two or more classes.
    """
    dataset = review.dataset
    columns: dict[str, Cells] = {HARD_LABEL: _hard_labels(dataset, targets.values, thresholds)}
    for k, name in enumerate(dataset.classes):
        columns[f"{TARGET}{name}"] = targets.values[:, k]
    columns["weight"] = targets.weight
    columns["status"] = texts_by_number(STATUSES, Statuses.of(review).status)
    if not provenance:
        return columns
    columns["source"] = ArrowTexts.of(targets.source)
    columns["policy"] = texts_by_number((targets.policy,), np.zeros(len(dataset), dtype=np.int64))
    agreed = ((dataset.rows[each], review.agreed(each)) for each in review.samples)
    standing = {row: decision for row, decision in agreed if decision}
    which = np.zeros(len(dataset), dtype=np.int64)
    which[[*standing]] = range(1, len(standing) + 1)
    for name in ("reviewer", "decided_at", "note"):
        said = [getattr(decision, name) for decision in standing.values()]
        columns[name] = texts_by_number(["", *said], which)
    return columns


def suspicion_columns(suspicion: Suspicion, dataset: Dataset) -> dict[str, Cells]:
    """What the detectors say of each label: how suspicious, what it should be, and why.

    A suggestion is a class name, or a JSON list of them; a reason is a line of its cell.
    """
    named = [dataset.label_names(suspicion.suggested, row) for row in range(len(dataset))]
    suggested = (
        [json.dumps(list(names), ensure_ascii=False) for names in named]
        if dataset.multilabel
        else ["".join(names) for names in named]
    )
    return {
        "suspicion": suspicion.score,
        "suggested": suggested,
        "reasons": suspicion.reasons.tolist(),
    }


def sheet_of(
    original: pd.DataFrame,
    ids: Sequence[str],
    added: Mapping[str, Cells],
    about: Mapping[str, Any],
    texts: Sequence[Strings] = (),
    *,
    exact: bool = True,
) -> ExportTable:
    """The original columns, then those that labelviz adds.

    An added column that the original file already has is called `labelviz_` and its name; the label
    and its targets are renamed together, so that they can be told from earlier ones. Where the
    original has no column of the sample ids, `id` comes first, renamed alike.

    Parameters
    ----------
    texts : one or two (N,) arrays of text, those of the samples.
    exact : whether every text is written as it is. Else a spreadsheet takes none for a formula, see
        `labelviz.tables.spreadsheet`, and where any looked like one a column `guarded` names it.
    """
    held = {str(name): ArrowTexts.of(original[name]) for name in original.columns}
    own = next((name for name, cells in held.items() if cells == ids), "")
    columns: dict[str, Cells] = {**held}
    together = [name for name in added if name == HARD_LABEL or name.startswith(TARGET)]
    renamed = {name: unused_column(name, columns) for name in added if name not in together}
    renamed = {**_free_together(together, columns), **renamed}
    if not own:
        own = unused_column("id", columns)
        columns = {own: ids, **columns}
    columns |= {renamed[name]: cells for name, cells in added.items()}
    return ExportTable(columns, renamed, own, tuple(texts), about, exact)


def export(path: Path, sheet: ExportTable, how: FileFormat = CSV) -> Exported:
    """Write a new file, or folder, and its entry in `manifest.json`, if it reads back equal.

    Raises
    ------
    ExportRefused : the file exists, the folder cannot be written, a cell read back differently, or
        the format does not hold what is in one.
    """
    manifest = path.parent / MANIFEST
    entries(manifest)
    making = created if how.suffix else created_folder
    with ExitStack() as entered, ExitStack() as files:
        temporary = files.enter_context(making(path))
        how.write(temporary, sheet)
        hashing = entered.enter_context(ThreadPoolExecutor(1)).submit(
            sha256 if how.suffix else fingerprint, temporary
        )
        how.check(temporary, sheet)
        beside = {path.stem + ending: text for ending, text in how.beside(sheet).items()}
        for name, text in beside.items():
            files.enter_context(created(path.with_name(name))).write_text(text, "utf-8")
        record = {
            **sheet.about,
            "rows": len(sheet),
            "columns": list(sheet.columns),
            "added_columns": dict(sheet.added),
            "exact": sheet.exact,
            "beside": list(beside),
            "sha256": hashing.result(),
        }
        entered.enter_context(_entered(manifest, path.name, record))
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
            if not all(_names_only(str(cell), known) for cell in cells):
                return columns
            task = _single(frame, each, cells)
            return replace(columns, classes=each.classes, task=task)
    return columns


def _single(frame: pd.DataFrame, made: Added, cells: Iterable[object]) -> str:
    """The task of an export with one label per sample whose classes look like lists.

    Empty where none does, and any reader can tell; or where they are lists.
    """
    names = [str(cell) for cell in cells if cell]
    if not any(name.lstrip()[:1] in ("[", "{") for name in names):
        return ""
    if not set(names) <= set(made.classes) or len(made.classes) < 2:
        return ""
    try:
        sums = frame[list(made.targets)].astype(np.float64).sum(axis=1)
    except ValueError:
        return ""
    if (np.abs(sums - 1) > SUM_TOLERANCE).any():
        return ""
    return "binary" if len(made.classes) == 2 else "multiclass"


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
    found = listed(cell, known=classes)
    return not cell or cell in classes or (found is not None and set(found) <= classes)


def unguarded(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Note]]:
    """An export for spreadsheets as an exact one: apostrophes and the column that names them gone.

    Other tables come back as they are. A cell that was changed since, so that it has no apostrophe
    any more, stands as it is.
    """
    import pandas as pd

    names = [str(name) for name in frame.columns]
    made = exports(names)
    guards = [name for name in (made[-1].names if made else ()) if plain_name(name) == GUARDED]
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


def unmarked(frame: pd.DataFrame) -> tuple[pd.DataFrame, Missing, list[Note]]:
    """An export without the column that says which cells are missing, and what it says.

    Other tables come back as they are. A cell that was filled since stands as it is, and what is
    said of a column that is not there any more is passed over.
    """
    names = [str(name) for name in frame.columns]
    made = exports(names)
    found = [name for name in (made[-1].names if made else ()) if plain_name(name) == MISSING_CELLS]
    if not found:
        return frame, {}, []
    marks = frame[found[-1]]
    said = {cell: columns_in(cell) for cell in marks.unique()}
    named = dict.fromkeys(name for each in said.values() for name in each)
    there = [name for name in named if name in names]
    if any(cell and not each for cell, each in said.items()) or (named and not there):
        return frame, {}, []
    lines = frame.index.to_numpy()
    gone = {
        name: lines[marks.isin([cell for cell in said if name in said[cell]]).to_numpy()]
        for name in there
    }
    note = "cells are missing and not empty, as the export says of them"
    told = [Note(note, sum(map(len, gone.values())), tuple(gone)[:EXAMPLES])]
    return frame.drop(columns=found[-1]), gone, told


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


def _hard_labels(dataset: Dataset, values: Floats, thresholds: Floats | None) -> Sequence[str]:
    """Class names; of several a JSON list, which holds any names and none; empty if unknown.

    Where several classes share the highest place, the given label stands if it is one of them.

    Parameters
    ----------
    values : (N, K) targets.
    thresholds : (N, K) from which a class counts, of two classes the second.
    """
    if dataset.multilabel:
        even = np.full_like(values, 0.5)
        cuts = even if thresholds is None else thresholds
        return [_hard_list(dataset, *each) for each in zip(values, cuts, strict=True)]
    if thresholds is not None:
        second = values[:, 1] >= thresholds[:, 1]
        return texts_by_number(dataset.classes, second.astype(np.int64))
    rows, given = np.arange(len(values)), dataset.given
    stands = (given != MISSING) & (values[rows, given] == highest(values))
    return texts_by_number(dataset.classes, np.where(stands, given, values.argmax(axis=1)))


def _hard_list(dataset: Dataset, row: Floats, thresholds: Floats) -> str:
    if np.isnan(row).any():
        return ""
    named = [name for name, on in zip(dataset.classes, row >= thresholds, strict=True) if on]
    return json.dumps(named, ensure_ascii=False)
