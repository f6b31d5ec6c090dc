"""Keep values in files, each whole with what it says of itself, and read them back as they were."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from labelviz.core.alarm import Alarm
from labelviz.core.arrays import Strings, strings
from labelviz.core.axes import CLASS, LABEL
from labelviz.core.dataset import Dataset
from labelviz.core.distributions import Probabilities, Provenance
from labelviz.core.evidence import NotChecked, TextIssue, TrainingLog
from labelviz.core.files import read_json, replaced, replaced_folder, write_json
from labelviz.core.files import sha256 as hash_of
from labelviz.core.layout import Layout
from labelviz.core.precision import Computed
from labelviz.core.settings import FlagLine
from labelviz.core.suspicion import Suspicion
from labelviz.errors import FileRefused, FlagsRefused, WorkspaceRefused
from labelviz.tables.columnar import fingerprint, source_files
from labelviz.tables.fields import Column, columns_of, fields_of, names_of
from labelviz.tables.read import FORMATS

if TYPE_CHECKING:
    import pandas as pd

ABOUT = b"labelviz"  # under which key a Parquet file says what else is to be known
PROBED, FEW_TEXTS = 1_000, 100  # rows by which a column is known to hold few different texts
LOG_AGAIN = "Remove it and log again."
FLAG_AGAIN = "Remove it and flag again."
MAP_AGAIN = "Remove it and make the map again."


def write_columns(path: Path, columns: Mapping[str, Any], about: Any = None) -> None:
    """Write named 1-D columns as Parquet in one step.

    Parameters
    ----------
    columns : arrays of one kind each, or a frame's columns or those of Arrow as they stand.
    about : what else is to be known of them, as JSON can hold it.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with replaced(path) as temporary:
        table = pa.table({name: _as_arrow(each) for name, each in columns.items()})
        if about is not None:
            table = table.replace_schema_metadata({ABOUT: json.dumps(about, allow_nan=False)})
        pq.write_table(table, temporary, write_statistics=False)


def _as_arrow(column: Any) -> Any:
    import pyarrow as pa

    if isinstance(column, pa.Array | pa.ChunkedArray):
        return column
    return pa.array(column, pa.large_string() if column.dtype == object else None)


def keep_source(path: Path, folder: Path, sha256: str, into: Path | None = None) -> Path:
    """Copy the bytes of a file or a datasets folder as they are; the copy is named by its hash.

    Nothing is copied where they lie already, whole.

    Parameters
    ----------
    into : where to copy them to in place of `folder`.

    Raises
    ------
    FileRefused : what was copied is not what was read.
    """
    suffix = path.suffix.lower() if path.suffix.lower() in (*FORMATS, ".npy") else ""
    name = f"{sha256[:16]}{suffix}"
    if _is_whole(folder / name, sha256):
        return folder / name
    copy = (into or folder) / name
    if path.is_dir():
        with replaced_folder(copy) as temporary:
            for file in source_files(path):
                part = temporary / file.relative_to(path)
                part.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, part)
            if fingerprint(temporary) != sha256:
                raise _changed(path)
        return copy
    with replaced(copy) as temporary:
        shutil.copyfile(path, temporary)
        if hash_of(temporary) != sha256:
            raise _changed(path)
    return copy


def _is_whole(copy: Path, sha256: str) -> bool:
    """Whether a copy is there; labelviz 0.1 could leave a part of a folder behind."""
    if not copy.is_dir():
        return copy.is_file()
    with suppress(FileRefused):
        return fingerprint(copy) == sha256
    return False


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
    return {
        name: _as_column(_table(path, [name])[name])
        for name in (column_names(path) if names is None else names)
    }


def read_frame(path: Path) -> pd.DataFrame:
    """The columns that `write_columns` wrote as a frame, without a copy of its texts.

    Raises
    ------
    WorkspaceRefused : the file is missing or damaged.
    """
    frame: pd.DataFrame = _table(path).to_pandas()
    return frame


def _table(path: Path, names: Sequence[str] | None = None) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:  # far less work than `read_table`, which reads folders
            table = file.read(columns=names)
    except (OSError, pa.ArrowException) as error:
        raise _damaged(path) from error
    if not set(names or ()) <= set(table.column_names):
        raise _damaged(path)
    return table


def _columns(table: Any) -> dict[str, Column]:
    return {name: _as_column(table[name]) for name in table.column_names}


def _as_column(column: Any) -> Column:
    """A column of Arrow as an array; of few different texts each is held once."""
    import pyarrow as pa

    text = pa.types.is_large_string(column.type) or pa.types.is_string(column.type)
    if not text or len(column[:PROBED].unique()) > FEW_TEXTS:
        return column.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]
    coded = column.combine_chunks().dictionary_encode()
    if coded.null_count:
        return column.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]
    kinds: Column = np.empty(len(coded.dictionary), dtype=object)
    kinds[:] = coded.dictionary.to_pylist()
    found: Column = kinds[coded.indices.to_numpy()]
    return found


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
    """Write `dataset.parquet` into a folder that nobody reads yet.

    Parameters
    ----------
    texts : the dataset's texts as a frame holds them, which are quicker to write.
    """
    columns: dict[str, Any] = columns_of(dataset, but={"texts"} if texts else ())
    columns |= {f"text:{side}": text for side, text in enumerate(texts)}
    write_columns(folder / "dataset.parquet", columns)


def write_about(folder: Path, dataset: Dataset, extra: dict[str, Any]) -> None:
    """Write `dataset.json`, which says what `dataset.parquet` holds, in the same, new folder."""
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
    """Write `path` (.parquet), the provenance in it, in one step."""
    about = {
        "classes": probabilities.classes,
        "multilabel": probabilities.multilabel,
        "provenance": asdict(probabilities.provenance),
    }
    write_columns(path, columns_of(probabilities), about)


def about_probabilities(path: Path) -> dict[str, Any]:
    """What a file of probabilities says of itself: classes, multilabel, provenance.

    Raises
    ------
    WorkspaceRefused : the file is missing or damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_schema(path).metadata or {}
        if ABOUT not in metadata:
            about = dict(read_json(_once_beside(path)))
        else:
            about = dict(json.loads(metadata[ABOUT]))
        _ = about["provenance"]["dataset"]
        return about
    except (OSError, pa.ArrowException, ValueError, KeyError, TypeError) as error:
        raise _damaged(path) from error


def kept_probabilities(folder: Path) -> tuple[str, ...]:
    """Names of the whole probabilities in a folder, oldest first."""
    files = sorted(folder.glob("*.parquet"), key=lambda file: file.stat().st_mtime_ns)
    return tuple(file.stem for file in files if _once_beside(file).is_file())


def _once_beside(path: Path) -> Path:
    """Where labelviz 0.1 kept what a file says of itself."""
    return path.with_suffix(".json")


def read_probabilities(path: Path) -> Probabilities:
    """The probabilities that `write_probabilities` wrote."""
    about = about_probabilities(path)
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
    """Write (U, D) embeddings as `path` (.npz), float32, with their source, in one step."""
    _write_arrays(path, {"vectors": vectors.astype(np.float32)}, {"source": source})


def read_vectors(path: Path) -> tuple[npt.NDArray[np.float32], str]:
    """The embeddings that `write_vectors` wrote, and their source.

    Raises
    ------
    WorkspaceRefused : the file is damaged.
    """
    arrays, about = _read_arrays(path, ("vectors",), FLAG_AGAIN)
    return arrays["vectors"], str(about["source"])


def embedded_by(path: Path) -> str:
    """The source of the embeddings that `write_vectors` wrote.

    Raises
    ------
    WorkspaceRefused : the file is damaged.
    """
    return str(_read_arrays(path, (), FLAG_AGAIN)[1]["source"])


def write_layout(path: Path, layout: Layout) -> None:
    """Write where samples lie as `path` (.npz), float32, with what they were compared by."""
    _write_arrays(path, {"x": layout.x, "y": layout.y}, {"source": layout.source})


def read_layout(path: Path) -> Layout:
    """The layout that `write_layout` wrote.

    Raises
    ------
    WorkspaceRefused : the file is damaged.
    """
    arrays, about = _read_arrays(path, ("x", "y"), MAP_AGAIN)
    if arrays.keys() != {"x", "y"}:
        raise _damaged_arrays(path, MAP_AGAIN)
    return Layout(arrays["x"], arrays["y"], str(about["source"]))


def write_training_log(path: Path, log: TrainingLog, dataset: Dataset) -> None:
    """Write `path` (.npz), logits in float32, and what they are of, in one step."""
    arrays: dict[str, Any] = {"logits": log.logits.astype(np.float32)}
    if log.threshold is not None:
        arrays["threshold"] = log.threshold
    _write_arrays(path, arrays, {"source": log.source, "dataset": dataset.fingerprint})


def read_training_log(path: Path) -> TrainingLog:
    """The log that `write_training_log` wrote.

    Raises
    ------
    WorkspaceRefused : the file is damaged.
    """
    arrays, about = _read_arrays(path, ("logits", "threshold"), LOG_AGAIN)
    if "logits" not in arrays:
        raise _damaged_arrays(path, LOG_AGAIN)
    logits = arrays["logits"].astype(np.float64)
    return TrainingLog(logits, str(about["source"]), arrays.get("threshold"))


def dataset_logged(path: Path) -> str:
    """Fingerprint of the dataset whose training a log is of.

    Raises
    ------
    WorkspaceRefused : the file is damaged.
    """
    return str(_read_arrays(path, (), LOG_AGAIN)[1].get("dataset", ""))


def _write_arrays(path: Path, arrays: Mapping[str, Column], about: Mapping[str, str]) -> None:
    with replaced(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, about=np.array(json.dumps(about)), **arrays)


def _read_arrays(
    path: Path, names: Sequence[str], remedy: str
) -> tuple[dict[str, Column], dict[str, Any]]:
    """Those of the named arrays that are there, and what the file says of itself.

    Of embeddings that labelviz 0.1 kept the file is the one array.
    """
    about = None
    try:
        kept = np.load(path, allow_pickle=False)
        if isinstance(kept, np.ndarray):
            found = dict.fromkeys(names, kept)
        else:
            with kept:
                found = {name: kept[name] for name in names if name in kept}
                about = json.loads(str(kept["about"])) if "about" in kept else None
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise _damaged_arrays(path, remedy) from error
    return found, read_json(_once_beside(path)) if about is None else about


def _damaged_arrays(path: Path, remedy: str) -> WorkspaceRefused:
    return WorkspaceRefused(f"{path.name} is damaged.", where=str(path), remedy=remedy)


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
        "line": asdict(suspicion.line),
        "thresholds": suspicion.thresholds,
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
            names = [name for name in file.schema_arrow.names if name != "id"]
            table = file.read(columns=names)
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
        line=FlagLine(**about.get("line", {})),
        thresholds=tuple(about.get("thresholds", ())),
    )
