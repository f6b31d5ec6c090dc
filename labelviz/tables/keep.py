"""Keep values as Parquet with a JSON file beside them, and read them back as they were."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from labelviz.core.alarm import Alarm
from labelviz.core.arrays import Strings, strings
from labelviz.core.axes import CLASS, LABEL
from labelviz.core.dataset import Dataset
from labelviz.core.distributions import Probabilities, Provenance
from labelviz.core.evidence import NotChecked, TextIssue, TrainingLog
from labelviz.core.files import read_json, replaced, write_json
from labelviz.core.files import sha256 as hash_of
from labelviz.core.precision import Computed
from labelviz.core.suspicion import Suspicion
from labelviz.errors import FileRefused, FlagsRefused, WorkspaceRefused
from labelviz.tables.columnar import fingerprint, source_files
from labelviz.tables.fields import Column, columns_of, fields_of, names_of
from labelviz.tables.read import FORMATS

ABOUT = b"labelviz"
"""Under which key a Parquet file says what else is to be known."""


def write_columns(path: Path, columns: Mapping[str, Any], about: Any = None) -> None:
    """Write named 1-D columns as Parquet in one step.

    Parameters
    ----------
    columns : arrays of one kind each, or a frame's columns as they stand.
    about : what else is to be known of them, as JSON can hold it.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with replaced(path) as temporary:
        text = {name: pa.large_string() for name, each in columns.items() if each.dtype == object}
        table = pa.table({name: pa.array(each, text.get(name)) for name, each in columns.items()})
        if about is not None:
            table = table.replace_schema_metadata({ABOUT: json.dumps(about, allow_nan=False)})
        pq.write_table(table, temporary, write_statistics=False)


def keep_source(path: Path, folder: Path, sha256: str) -> Path:
    """Copy the bytes of a file or a datasets folder as they are; the copy is named by its hash.

    Raises
    ------
    FileRefused : what was copied is not what was read.
    """
    suffix = path.suffix.lower() if path.suffix.lower() in (*FORMATS, ".npy") else ""
    kept = folder / f"{sha256[:16]}{suffix}"
    if kept.exists():
        return kept
    if path.is_dir():
        for file in source_files(path):
            with replaced(kept / file.relative_to(path)) as temporary:
                shutil.copyfile(file, temporary)
        if fingerprint(kept) != sha256:
            shutil.rmtree(kept)
            raise _changed(path)
        return kept
    with replaced(kept) as temporary:
        shutil.copyfile(path, temporary)
        if hash_of(temporary) != sha256:
            raise _changed(path)
    return kept


def _changed(path: Path) -> FileRefused:
    return FileRefused(
        f"{path.name} changed while it was read.",
        where=str(path),
        remedy="Load it again when nobody writes to it.",
    )


def read_columns(path: Path, names: Sequence[str] | None = None) -> dict[str, Column]:
    """The columns that `write_columns` wrote; text comes back as object arrays of `str`.

    Parameters
    ----------
    names : these columns alone.

    Raises
    ------
    WorkspaceRefused : the file is missing or damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path, columns=names)
    except (OSError, pa.ArrowException) as error:
        raise _damaged(path) from error
    return _columns(table)


def _columns(table: Any) -> dict[str, Column]:
    return {name: table[name].to_numpy(zero_copy_only=False) for name in table.column_names}


def column_names(path: Path) -> tuple[str, ...]:
    """The names of the columns that `write_columns` wrote.

    Raises
    ------
    WorkspaceRefused : the file is missing or damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return tuple(pq.read_schema(path).names)
    except (OSError, pa.ArrowException) as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> WorkspaceRefused:
    return WorkspaceRefused(
        f"{path.name} is missing or damaged.",
        where=str(path),
        remedy="Restore it from a backup, or load the data again into a new workspace.",
    )


def write_samples(folder: Path, dataset: Dataset, texts: Sequence[Any] = ()) -> None:
    """Write `dataset.parquet`; `write_about` makes it visible.

    Parameters
    ----------
    texts : the dataset's texts as a frame holds them, which are quicker to write.
    """
    columns: dict[str, Any] = columns_of(dataset, but={"texts"} if texts else ())
    columns |= {f"text:{side}": text for side, text in enumerate(texts)}
    write_columns(folder / "dataset.parquet", columns)


def write_about(folder: Path, dataset: Dataset, extra: dict[str, Any]) -> None:
    """Write `dataset.json`, which says what `dataset.parquet` beside it holds."""
    about = {
        "task": dataset.task,
        "classes": dataset.classes,
        **names_of(dataset),
        "fingerprint": dataset.fingerprint,
        "content": dataset.content,
        "samples": len(dataset),
    }
    write_json(folder / "dataset.json", {**about, **extra})


def read_dataset(folder: Path) -> Dataset:
    """The dataset that `write_samples` and `write_about` wrote.

    Raises
    ------
    WorkspaceRefused : a file is damaged, or the two do not belong together.
    """
    about = read_json(folder / "dataset.json")
    columns = read_columns(folder / "dataset.parquet")

    classes = tuple(about["classes"])
    widths = {CLASS: len(classes), LABEL: len(classes) if about["task"] == "multilabel" else 0}
    dataset = Dataset(
        task=about["task"], classes=classes, **fields_of(Dataset, columns, about, widths)
    )
    kept = (about["fingerprint"], about.get("content", dataset.content))
    if (dataset.fingerprint, dataset.content) != kept:
        raise WorkspaceRefused(
            "dataset.parquet and dataset.json do not belong together.",
            where=str(folder),
            remedy="Load the data again into a new workspace.",
        )
    return dataset


def write_probabilities(path: Path, probabilities: Probabilities) -> None:
    """Write `path` (.parquet) and the provenance beside it (.json)."""
    write_columns(path, columns_of(probabilities))
    about = {
        "classes": probabilities.classes,
        "multilabel": probabilities.multilabel,
        "provenance": asdict(probabilities.provenance),
    }
    write_json(path.with_suffix(".json"), about)


def read_probabilities(path: Path) -> Probabilities:
    """The probabilities that `write_probabilities` wrote."""
    about = read_json(path.with_suffix(".json"))
    classes = tuple(about["classes"])
    return Probabilities(
        classes=classes,
        multilabel=about["multilabel"],
        provenance=_provenance(about["provenance"]),
        **fields_of(Probabilities, read_columns(path), {}, {CLASS: len(classes)}),
    )


def _provenance(about: dict[str, Any]) -> Provenance:
    alarm, computed = about.get("alarm"), about.get("computed")
    values = {
        "notes": tuple(about.get("notes", ())),
        "alarm": Alarm(**alarm) if alarm else None,
        "computed": Computed.from_json(computed) if computed else None,
    }
    return Provenance(**{**about, **values})


def write_vectors(path: Path, vectors: npt.NDArray[np.floating[Any]], source: str) -> None:
    """Write (U, D) embeddings as `path` (.npy), float32, and their source beside it (.json)."""
    with replaced(path) as temporary, temporary.open("wb") as file:
        np.save(file, vectors.astype(np.float32), allow_pickle=False)
    write_json(path.with_suffix(".json"), {"source": source})


def read_vectors(path: Path) -> tuple[npt.NDArray[np.float32], str]:
    """The embeddings that `write_vectors` wrote, and their source.

    Raises
    ------
    WorkspaceRefused : the file is damaged.
    """
    try:
        vectors: npt.NDArray[np.float32] = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise WorkspaceRefused(
            f"{path.name} is damaged.", where=str(path), remedy="Remove it and flag again."
        ) from error
    return vectors, str(read_json(path.with_suffix(".json"))["source"])


def write_training_log(path: Path, log: TrainingLog, dataset: Dataset) -> None:
    """Write `path` (.npz), logits in float32, and what they are of beside it (.json)."""
    arrays: dict[str, Any] = {"logits": log.logits.astype(np.float32)}
    if log.threshold is not None:
        arrays["threshold"] = log.threshold
    with replaced(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)
    write_json(path.with_suffix(".json"), {"source": log.source, "dataset": dataset.fingerprint})


def read_training_log(path: Path) -> TrainingLog:
    """The log that `write_training_log` wrote.

    Raises
    ------
    WorkspaceRefused : the file is damaged.
    """
    about = read_json(path.with_suffix(".json"))
    try:
        with np.load(path, allow_pickle=False) as arrays:
            logits, threshold = arrays["logits"].astype(np.float64), arrays.get("threshold")
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise WorkspaceRefused(
            f"{path.name} is damaged.", where=str(path), remedy="Remove it and log again."
        ) from error
    return TrainingLog(logits, str(about["source"]), threshold)


def write_suspicion(path: Path, ids: Strings, suspicion: Suspicion) -> None:
    """Write scores, flags, suggestions and reasons with what made them, all in one step."""
    about = {
        "detectors": suspicion.detectors,
        **names_of(suspicion),
        "not_checked": [asdict(each) for each in suspicion.not_checked],
        "seconds": dict(suspicion.seconds),
        "calibrated": suspicion.calibrated,
        "issues": [asdict(each) for each in suspicion.issues],
        "chosen": suspicion.chosen,
        "dataset": suspicion.dataset,
        "probabilities": suspicion.probabilities,
        "classes": suspicion.suggested.shape[1] if suspicion.suggested.ndim == 2 else 0,
    }
    write_columns(path, {"id": ids, **columns_of(suspicion)}, about)


def read_suspicion(path: Path) -> Suspicion:
    """The suspicion that `write_suspicion` wrote, from one look at the file: jobs replace it.

    Raises
    ------
    FlagsRefused : the file is missing or damaged, or another version of labelviz wrote it.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            table = file.read()
        about = json.loads(table.schema.metadata[ABOUT])
        return _suspicion(_columns(table), about)
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError) as error:
        raise FlagsRefused(
            "The flags were made by another version of labelviz, or are damaged.",
            where=str(path),
            safe="Labels, probabilities and decisions are not in this file.",
            remedy="Find wrong labels again: on the Overview page, or with `labelviz flag`.",
        ) from error


def _suspicion(columns: dict[str, Column], about: dict[str, Any]) -> Suspicion:
    found = fields_of(Suspicion, columns, about, {LABEL: about["classes"]})
    return Suspicion(
        **{**found, "reasons": strings(found["reasons"])},
        detectors=tuple(about["detectors"]),
        dataset=about["dataset"],
        probabilities=about["probabilities"],
        not_checked=tuple(NotChecked(**each) for each in about["not_checked"]),
        seconds=about["seconds"],
        calibrated=about["calibrated"],
        issues=tuple(TextIssue(i["kind"], tuple(i["rows"])) for i in about["issues"]),
        chosen=tuple(about["chosen"]),
    )
