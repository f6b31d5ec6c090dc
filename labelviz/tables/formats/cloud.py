"""Labelling services of clouds: SageMaker Ground Truth and Vertex AI, one JSON object per line."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from labelviz.errors import FileRefused
from labelviz.tables.columns import Columns
from labelviz.tables.formats.format import NOT_SEEN, Format, Made

METADATA, TRUTH = "-metadata", "groundtruth/"
SOURCE, REFERENCE = "source", "source-ref"
FAILED = "the service could not label it"
CLASSES, SURE = "class-map", "confidence-map"
CONTENT, ELSEWHERE, LABELS = "textContent", "textGcsUri", "dataItemResourceLabels"
USE = "ml_use"  # the end of the key under which Vertex AI says the split
ONE, SEVERAL = "classificationAnnotation", "classificationAnnotations"
SENTIMENT, PARTS = "sentimentAnnotation", "textSegmentAnnotations"


def fits_truth(_: Collection[str], first: Mapping[str, Any]) -> bool:
    """Ground Truth: an attribute whose metadata are of a type `groundtruth/...`."""
    return bool(_attributes(first))


def read_truth(rows: Sequence[tuple[int, dict[str, Any]]]) -> Made:
    """Labels by the names in their metadata; their numbers are those of one job.

    Raises
    ------
    FileRefused : the texts stand in files elsewhere, or parts of texts were labelled.
    """
    made = Made()
    names = list(dict.fromkeys(name for _, row in rows for name in _attributes(row)))
    first = rows[0][1]
    if SOURCE not in first:
        raise FileRefused(
            f"The texts are not in this file: {REFERENCE} names files elsewhere.",
            remedy="Write each text under the key source, in place of source-ref.",
        )
    names = [name for name in names if any(_classes(row, name) is not None for _, row in rows)]
    if not names:
        raise FileRefused(
            "The file holds labels of parts of texts and none of whole texts.",
            remedy="Give the output of a job that classifies texts.",
        )
    for line, row in rows:
        labels = {name: _classes(row, name) for name in names}
        if all(each is None for each in labels.values()):
            about = next((_about(row, name) for name in names), {})
            why = str(about.get("failure-reason") or row[SOURCE])
            made.set_aside(line, names[0], FAILED, why)
            continue
        kept = {k: v for k, v in row.items() if k.removesuffix(METADATA) not in names}
        sure = {f"{name}_confidence": _sure(row, name) for name in names}
        made.add(line, {**kept, **labels, **{k: v for k, v in sure.items() if v is not None}})
    label = names[0] if len(names) == 1 else ""
    made.questions = () if label else tuple(names)
    several = any(CLASSES in _about(row, label) for _, row in rows)
    told = any(f"{label}_confidence" in row for row in made.rows)
    made.meant = Columns(
        text=SOURCE, label=label, confidence=f"{label}_confidence" if told else "",
        task="multilabel" if several else "",
    )  # fmt: skip
    return made


def fits_vertex(names: Collection[str], _: Mapping[str, Any]) -> bool:
    """Vertex AI: a text, in the file or elsewhere, beside an annotation."""
    annotated = {ONE, SEVERAL, SENTIMENT, PARTS} & {*names}
    return bool({CONTENT, ELSEWHERE} & {*names}) and bool(annotated)


def read_vertex(rows: Sequence[tuple[int, dict[str, Any]]]) -> Made:
    """Display names as labels, and the use in training as split.

    Raises
    ------
    FileRefused : the texts stand in files elsewhere, or parts of texts were labelled.
    """
    made = Made()
    keys = {key for _, row in rows for key, value in row.items() if value not in ("", None)}
    if ELSEWHERE in keys and CONTENT not in keys:
        raise FileRefused(
            f"The texts are not in this file: {ELSEWHERE} names files elsewhere.",
            remedy=f"Write each text under the key {CONTENT}.",
        )
    told = [key for key in (ONE, SEVERAL, SENTIMENT) if key in keys]
    if not told:
        raise FileRefused(
            "The file holds labels of parts of texts and none of whole texts.",
            remedy="Export a data set for text classification.",
        )
    several = SEVERAL in told
    for line, row in rows:
        label = _displayed(row, several=several)
        if label is None:
            made.set_aside(line, told[0], NOT_SEEN, str(row.get(CONTENT, "")))
            continue
        kept = {k: v for k, v in row.items() if k not in (ONE, SEVERAL, SENTIMENT, LABELS)}
        uses = row.get(LABELS) if isinstance(row.get(LABELS), dict) else {}
        inner = {"split" if k.endswith(USE) else k: v for k, v in (uses or {}).items()}
        made.add(line, {**kept, "label": label, **inner})
    split = any("split" in row for row in made.rows)
    made.meant = Columns(
        text=CONTENT, label="label", split="split" if split else "",
        task="multilabel" if several else "",
    )  # fmt: skip
    return made


def _attributes(row: Mapping[str, Any]) -> list[str]:
    """What jobs of Ground Truth labelled."""
    found = []
    for key, about in row.items():
        kind = about.get("type") if isinstance(about, dict) else None
        if key.endswith(METADATA) and str(kind).startswith(TRUTH):
            found.append(key.removesuffix(METADATA))
    return found


def _about(row: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    about = row.get(name + METADATA)
    return about if isinstance(about, dict) else {}


def _classes(row: Mapping[str, Any], name: str) -> str | list[str] | None:
    """The class, or the classes; None where nothing says any."""
    about = _about(row, name)
    if isinstance(about.get(CLASSES), dict):
        return [str(each) for each in about[CLASSES].values()]
    return str(about["class-name"]) if about.get("class-name") not in (None, "") else None


def _sure(row: Mapping[str, Any], name: str) -> float | None:
    """How sure the service is of its one class; of several it is not one number."""
    found = _about(row, name).get("confidence")
    return float(found) if isinstance(found, int | float) else None


def _displayed(row: Mapping[str, Any], *, several: bool) -> Any:
    found = row.get(SEVERAL) or row.get(ONE)
    if several and isinstance(found, list | dict):
        each = found if isinstance(found, list) else [found]
        return [str(one.get("displayName")) for one in each if isinstance(one, dict)]
    if isinstance(found, dict):
        return found.get("displayName")
    sentiment = row.get(SENTIMENT)
    return sentiment.get("sentiment") if isinstance(sentiment, dict) else None


GROUND_TRUTH = Format("SageMaker Ground Truth", fits_truth, read_truth)
VERTEX = Format("Vertex AI", fits_vertex, read_vertex)
