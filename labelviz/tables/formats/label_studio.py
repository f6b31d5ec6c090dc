"""Label Studio: raw JSON of tasks, and JSON_MIN, CSV or TSV with a row per annotation."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from labelviz.errors import FileRefused
from labelviz.tables.columns import Columns
from labelviz.tables.formats.format import NOT_SEEN, SKIPPED, Format, Made, unused_name
from labelviz.tables.nested import PATH
from labelviz.tables.writers.label_studio import ID as OUR_ID
from labelviz.tables.writers.label_studio import written_here

ANNOTATIONS = ("annotations", "completions")
TOOL = ("annotation_id", "annotator", "created_at", "updated_at", "lead_time", "agreement")
WHO = "annotator"
PREDICTED = "prediction"
SPANS = "span annotations were left out; labelviz reads labels of whole texts"


def fits_tasks(names: Collection[str], first: Mapping[str, Any]) -> bool:
    """Tasks: `data` is an object, beside annotations or predictions."""
    known = {*ANNOTATIONS, "predictions"} & {*names}
    return isinstance(first.get("data"), dict) and bool(known)


def fits_min(names: Collection[str], _: Mapping[str, Any]) -> bool:
    """A row per annotation."""
    return {"annotation_id", "annotator", "lead_time"} <= set(names)


def read_tasks(rows: Sequence[tuple[int, dict[str, Any]]]) -> Made:
    """One row for each annotation; cancelled ones are skips, predictions are a model's opinion.

    Tasks that labelviz wrote and nobody annotated are the rows of its export again.

    Raises
    ------
    FileRefused : nothing but spans was annotated.
    """
    made = Made()
    controls: dict[str, None] = {}
    several = predicted = False
    written = False
    for line, task in rows:
        ours = written_here(task.get("data"))
        written |= ours is not None
        row = {**_of_task(task), **_predictions(task, made)} if ours is None else {**ours.columns}
        predicted |= ours is None and PREDICTED in row
        given: list[Any] = next(
            (task[key] for key in ANNOTATIONS if isinstance(task.get(key), list)), []
        )
        kept = [each for each in given if isinstance(each, dict) and not _skipped(each)]
        several |= len(kept) > 1
        found = [(each, _labels(each, made)) for each in kept]
        own = {} if ours is None else {OUR_ID: ours.id}
        for each, labels in found:
            controls |= dict.fromkeys(labels)
            made.add(line, {**row, **own, WHO: _person(each.get("completed_by")), **labels})
        if not found and given:
            made.set_aside(line, "", SKIPPED, row.get("text", ""))
        elif not found and (PREDICTED in row or ours is not None):
            made.add(line, row)
        elif not found:
            made.set_aside(line, "", NOT_SEEN, str(row.get("text", "")))
    if not controls and not predicted and made.left_out[SPANS]:
        raise FileRefused(
            "The file holds annotations of parts of texts and no labels of whole texts.",
            remedy="Export a project with Choices.",
        )
    names = list(controls)
    if written and not names:
        return made
    only_predicted = not names and predicted
    made.questions = tuple(names) if len(names) > 1 else ()
    made.meant = Columns(
        label=PREDICTED if only_predicted else names[0] if len(names) == 1 else "",
        labelled_by=WHO if several else "",
        annotators=(PREDICTED,) if predicted and len(names) == 1 else (),
        id=OUR_ID if written else "id",
        text=_text_key(rows),
    )
    return made


def read_min(rows: Sequence[tuple[int, dict[str, Any]]]) -> Made:
    """Rows as they stand; those of several people become one sample."""
    made = Made()
    ids = [row.get("id") for _, row in rows]
    for line, row in rows:
        made.add(line, row)
    people = {str(row.get(WHO)) for _, row in rows}
    several = len(set(ids)) < len(ids) and len(people) > 1
    data = [name for name in rows[0][1] if name not in (*TOOL, "id")] if rows else []
    labels = [name for name in data if any(_is_label(row.get(name)) for _, row in rows)]
    labels += [name for name in _chosen_once(rows) if labels and name not in labels]
    made.questions = tuple(labels) if len(labels) > 1 else ()
    made.meant = Columns(
        label=labels[0] if len(labels) == 1 else "", labelled_by=WHO if several else "",
        id="id" if "id" in (rows[0][1] if rows else {}) else "",
    )  # fmt: skip
    return made


def _of_task(task: Mapping[str, Any]) -> dict[str, Any]:
    data = task["data"] if isinstance(task.get("data"), dict) else {}
    own = unused_name("id", ()) if "id" not in data else unused_name("task_id", data)
    return {own: task.get("id", ""), **data}


def _skipped(annotation: Mapping[str, Any]) -> bool:
    return str(annotation.get("was_cancelled") or annotation.get("skipped") or "").lower() in (
        "true", "1",
    )  # fmt: skip


def _person(who: Any) -> str:
    if isinstance(who, dict):
        return str(who.get("email") or who.get("id") or "")
    return str(who or "")


def _labels(annotation: Mapping[str, Any], made: Made) -> dict[str, Any]:
    """What was chosen, by control; one name as it is, several as a list."""
    found: dict[str, list[str]] = {}
    for each in annotation.get("result") or []:
        value = each.get("value") if isinstance(each, dict) else None
        if not isinstance(value, dict):
            continue
        if str(each.get("type", "")).endswith("labels") or "start" in value:
            made.left_out[SPANS] += 1
            continue
        names = _names(value)
        if names is not None:
            found.setdefault(str(each.get("from_name") or "label"), []).extend(names)
    return {name: names[0] if len(names) == 1 else names for name, names in found.items()}


def _names(value: Mapping[str, Any]) -> list[str] | None:
    if isinstance(value.get("choices"), list):
        return [str(each) for each in value["choices"]]
    if isinstance(value.get("taxonomy"), list):
        return [PATH.join(map(str, path)) for path in value["taxonomy"]]
    for key in ("rating", "selected", "number"):
        if key in value:
            return [str(value[key])]
    return None


def _predictions(task: Mapping[str, Any], made: Made) -> dict[str, Any]:
    """The label of the first prediction that came with its result."""
    for each in task.get("predictions") or []:
        labels = _labels(each, made) if isinstance(each, dict) else {}
        if labels:
            score = each.get("score")
            sure = {} if score is None else {f"{PREDICTED}_score": score}
            return {PREDICTED: next(iter(labels.values())), **sure}
    return {}


def _text_key(rows: Sequence[tuple[int, dict[str, Any]]]) -> str:
    """The one key of the data that holds text; empty where there are several or none."""
    keys = {
        key for _, row in rows[:200] if isinstance(row.get("data"), dict)
        for key, value in row["data"].items()
        if isinstance(value, str) and " " in value.strip()
    }  # fmt: skip
    return keys.pop() if len(keys) == 1 else ""


def _chosen_once(rows: Sequence[tuple[int, dict[str, Any]]]) -> list[str]:
    """Columns that may be those of controls with one choice each: of few values, behind the id."""
    names = list(rows[0][1])
    behind = names[names.index("id") + 1 :] if "id" in names else []
    cells = {name: [row.get(name) for _, row in rows] for name in behind if name not in TOOL}
    return [
        name for name, found in cells.items()
        if all(isinstance(each, str | None) for each in found)
        and 2 * len({each for each in found if each}) <= len({row["id"] for _, row in rows})
    ]  # fmt: skip


def _is_label(value: Any) -> bool:
    """Whether a cell is what a control exports and no data: choices, a taxonomy or a rating."""
    if isinstance(value, list):
        return bool(value) and all(isinstance(e, dict) and {"taxonomy", "rating", "selected"} & e.keys() for e in value)  # fmt: skip  # noqa: E501
    return isinstance(value, dict) and set(value) <= {"choices", "taxonomy", "rating", "selected"}


TASKS = Format("Label Studio", fits_tasks, read_tasks)
MIN = Format("Label Studio", fits_min, read_min)
