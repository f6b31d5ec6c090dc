"""Keep values as Parquet with a JSON file beside them, and read them back as they were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from labelviz.core.arrays import Strings, strings
from labelviz.core.dataset import Dataset
from labelviz.core.distributions import Probabilities, Provenance
from labelviz.core.files import read_json, replaced, write_json
from labelviz.core.suspicion import Suspicion
from labelviz.errors import WorkspaceRefused

Column = npt.NDArray[Any]


def write_columns(path: Path, columns: Mapping[str, Column]) -> None:
    """Write named 1-D columns as Parquet in one step."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with replaced(path) as temporary:
        pq.write_table(
            pa.table({name: pa.array(each) for name, each in columns.items()}), temporary
        )


def read_columns(path: Path) -> dict[str, Column]:
    """The columns that `write_columns` wrote; text comes back as object arrays of `str`.

    Raises
    ------
    WorkspaceRefused : the file is missing or damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise WorkspaceRefused(
            f"{path.name} is missing or damaged.",
            where=str(path),
            remedy="Restore it from a backup, or load the data again into a new workspace.",
        ) from error
    return {name: table[name].to_numpy(zero_copy_only=False) for name in table.column_names}


def write_dataset(folder: Path, dataset: Dataset, extra: dict[str, Any]) -> None:
    """Write `dataset.parquet` and then `dataset.json`, which makes it visible."""
    columns: dict[str, Column] = {"id": dataset.ids}
    columns |= {f"text:{side}": text for side, text in enumerate(dataset.texts)}
    columns |= _label_columns("given", dataset.given)
    for name, labels in dataset.annotators.items():
        columns |= _label_columns(f"annotator:{name}", labels)
    columns |= {f"slice:{name}": values for name, values in dataset.slices.items()}
    optional = {"confidence": dataset.confidence, "group": dataset.group, "split": dataset.split}
    columns |= {name: values for name, values in optional.items() if values is not None}
    write_columns(folder / "dataset.parquet", columns)
    about = {
        "task": dataset.task,
        "classes": dataset.classes,
        "texts": len(dataset.texts),
        "annotators": list(dataset.annotators),
        "slices": list(dataset.slices),
        "fingerprint": dataset.fingerprint,
        "samples": len(dataset),
    }
    write_json(folder / "dataset.json", {**about, **extra})


def read_dataset(folder: Path) -> Dataset:
    """The dataset that `write_dataset` wrote.

    Raises
    ------
    WorkspaceRefused : a file is damaged, or the two do not belong together.
    """
    about = read_json(folder / "dataset.json")
    columns = read_columns(folder / "dataset.parquet")

    def labels(prefix: str) -> Column:
        if about["task"] == "multilabel":
            return np.stack(
                [columns[f"{prefix}:{k}"] for k in range(len(about["classes"]))], axis=1
            )
        return columns[prefix]

    dataset = Dataset(
        task=about["task"],
        classes=tuple(about["classes"]),
        ids=columns["id"],
        texts=tuple(columns[f"text:{side}"] for side in range(about["texts"])),
        given=labels("given"),
        annotators={name: labels(f"annotator:{name}") for name in about["annotators"]},
        confidence=columns.get("confidence"),
        slices={name: columns[f"slice:{name}"] for name in about["slices"]},
        group=columns.get("group"),
        split=columns.get("split"),
    )
    if dataset.fingerprint != about["fingerprint"]:
        raise WorkspaceRefused(
            "dataset.parquet and dataset.json do not belong together.",
            where=str(folder),
            remedy="Load the data again into a new workspace.",
        )
    return dataset


def _label_columns(prefix: str, labels: Column) -> dict[str, Column]:
    if labels.ndim == 1:
        return {prefix: labels}
    return {f"{prefix}:{k}": labels[:, k] for k in range(labels.shape[1])}


def write_probabilities(path: Path, probabilities: Probabilities) -> None:
    """Write `path` (.parquet) and the provenance beside it (.json)."""
    columns: dict[str, Column] = {"id": probabilities.ids}
    columns |= {f"p:{k}": probabilities.values[:, k] for k in range(len(probabilities.classes))}
    if probabilities.folds is not None:
        columns["fold"] = probabilities.folds
    write_columns(path, columns)
    about = {
        "classes": probabilities.classes,
        "multilabel": probabilities.multilabel,
        "provenance": asdict(probabilities.provenance),
    }
    write_json(path.with_suffix(".json"), about)


def read_probabilities(path: Path) -> Probabilities:
    """The probabilities that `write_probabilities` wrote."""
    about = read_json(path.with_suffix(".json"))
    columns = read_columns(path)
    return Probabilities(
        values=np.stack([columns[f"p:{k}"] for k in range(len(about["classes"]))], axis=1),
        classes=tuple(about["classes"]),
        ids=columns["id"],
        multilabel=about["multilabel"],
        provenance=_provenance(about["provenance"]),
        folds=columns.get("fold"),
    )


def _provenance(about: dict[str, Any]) -> Provenance:
    return Provenance(**{**about, "notes": tuple(about.get("notes", ()))})


def write_suspicion(path: Path, ids: Strings, suspicion: Suspicion) -> None:
    """Write `path` (.parquet) and the detectors beside it (.json)."""
    columns = {
        "id": ids,
        "score": suspicion.score,
        "flagged": suspicion.flagged,
        "reasons": suspicion.reasons,
    }
    write_columns(path, columns | _label_columns("suggested", suspicion.suggested))
    about = {
        "detectors": suspicion.detectors,
        "dataset": suspicion.dataset,
        "probabilities": suspicion.probabilities,
        "classes": suspicion.suggested.shape[1] if suspicion.suggested.ndim == 2 else 0,
    }
    write_json(path.with_suffix(".json"), about)


def read_suspicion(path: Path) -> Suspicion:
    """The suspicion that `write_suspicion` wrote."""
    about = read_json(path.with_suffix(".json"))
    columns = read_columns(path)
    suggested = (
        np.stack([columns[f"suggested:{k}"] for k in range(about["classes"])], axis=1)
        if about["classes"]
        else columns["suggested"]
    )
    return Suspicion(
        score=columns["score"],
        flagged=columns["flagged"],
        suggested=suggested,
        reasons=strings(columns["reasons"]),
        detectors=tuple(about["detectors"]),
        dataset=about["dataset"],
        probabilities=about["probabilities"],
    )
