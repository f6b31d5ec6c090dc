"""Export targets: every original column, the target, and where it came from."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labelviz.core.dataset import Dataset
from labelviz.core.decisions import Review
from labelviz.core.distributions import REVIEWER, Targets
from labelviz.core.files import created, read_json, sha256, write_json
from labelviz.errors import ExportRefused, WorkspaceRefused
from labelviz.processes import changing
from labelviz.tables.labels import SEPARATOR
from labelviz.tables.limits import EXAMPLES, LONGEST_FIELD
from labelviz.tables.table import Note

if TYPE_CHECKING:
    import pandas as pd

MANIFEST = "manifest.json"
OWN = ("hard_label", "weight", "status", "source", "policy", "reviewer", "decided_at", "note")
"""The columns of an export that are there whatever the classes are called."""
TARGET = "target_"


@dataclass(frozen=True)
class Export:
    """A file of targets that was written and read back equal."""

    path: Path
    manifest: Path
    record: dict[str, Any]


def export_columns(dataset: Dataset, targets: Targets, review: Review) -> dict[str, list[str]]:
    """The columns labelviz adds, as text. Floats are in their shortest exact form, NaN is empty."""
    hard = [_hard_label(dataset, row) for row in targets.values]
    columns: dict[str, list[str]] = {"hard_label": hard}
    for k, name in enumerate(dataset.classes):
        columns[f"{TARGET}{name}"] = [_number(value) for value in targets.values[:, k]]
    columns["weight"] = [_number(value) for value in targets.weight]
    columns["status"] = [review.status(dataset, row) for row in range(len(dataset))]
    columns["source"] = list(targets.source)
    latest = [review.decisions(sample)[-1:] for sample in dataset.ids]
    settled = targets.source == REVIEWER
    columns["policy"] = [targets.policy] * len(dataset)
    columns["reviewer"] = [
        d[0].reviewer if d and s else "" for d, s in zip(latest, settled, strict=True)
    ]
    columns["decided_at"] = [d[0].decided_at if d else "" for d in latest]
    columns["note"] = [d[0].note if d else "" for d in latest]
    return columns


def export_csv(
    path: Path,
    original: pd.DataFrame,
    ids: Sequence[str],
    added: dict[str, list[str]],
    about: dict[str, Any],
) -> Export:
    """Write a new UTF-8 CSV and its entry in `manifest.json`, if it reads back equal.

    An added column that the original file already has is called `labelviz_` and its name. Where the
    original has no column of the sample ids, `id` comes first, renamed alike.

    Raises
    ------
    ExportRefused : the file exists, the folder cannot be written, or a cell read back differently.
    """
    has_ids = any(list(original[name]) == list(ids) for name in original.columns)
    columns: dict[str, Sequence[str]] = {
        str(name): original[name].tolist() for name in original.columns
    }
    renamed = {name: _free_name(name, columns) for name in added}
    if not has_ids:
        columns = {_free_name("id", columns): ids} | columns
    columns |= {renamed[name]: cells for name, cells in added.items()}
    manifest = path.parent / MANIFEST
    _entries(manifest)
    with ExitStack() as held, created(path) as temporary:
        _write(temporary, columns)
        _check_reads_back(temporary, columns)
        record = {
            **about,
            "rows": len(ids),
            "columns": list(columns),
            "added_columns": renamed,
            "sha256": sha256(temporary),
        }
        held.enter_context(_entered(manifest, path.name, record))
    return Export(path, manifest, record)


@contextmanager
def _entered(manifest: Path, name: str, record: dict[str, Any]) -> Iterator[None]:
    """Enter a file before it is there, so that none is ever there without its entry."""
    with changing(manifest):
        before = _entries(manifest)
        write_json(manifest, {"labelviz_exports": {**before, name: record}})
        try:
            yield
        except BaseException:
            write_json(manifest, {"labelviz_exports": before})
            raise


def recognised(path: Path, sha256: str, names: Sequence[str]) -> list[Note]:
    """What tells that a file is an export of labelviz: its columns, and the manifest beside it."""
    own = [name for name in names if name.removeprefix("labelviz_") in OWN]
    targets = [name for name in names if name.startswith(TARGET)]
    if len({name.removeprefix("labelviz_") for name in own}) < len(OWN) or not targets:
        return []
    added = [*own, *targets]
    text = "columns were added by labelviz when it exported this file"
    notes = [Note(text, len(added), tuple(added[:EXAMPLES]))]
    with suppress(ExportRefused):
        entry = _entries(path.parent / MANIFEST).get(path.name)
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


def _entries(manifest: Path) -> dict[str, Any]:
    if not manifest.exists():
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


def _free_name(name: str, taken: Iterable[str]) -> str:
    while name in taken:
        name = f"labelviz_{name}"
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


def _hard_label(dataset: Dataset, row: np.ndarray[tuple[int], np.dtype[np.float64]]) -> str:
    if dataset.multilabel:
        return SEPARATOR.join(n for n, t in zip(dataset.classes, row, strict=True) if t >= 0.5)
    return dataset.classes[int(row.argmax())]
