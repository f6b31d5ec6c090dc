"""Label Studio: an array of tasks with our label as a prediction, and the configuration beside it.

Task ids are given anew there, so every column stands in `data`, the id of the sample as
`labelviz_id`, and the order of the columns as `labelviz_columns`: a database may keep none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from labelviz.errors import ExportRefused
from labelviz.tables.writers.writer import (
    RENAMED,
    ExportTable,
    FileFormat,
    check_rows,
    differs,
    unused_column,
)

ID, COLUMNS, TEXTS = "labelviz_id", "labelviz_columns", ("labelviz_text", "labelviz_text_b")
# Names of the control and of the texts in the configuration.
CONTROL, SIDES = "label", ("text", "text_b")
MODEL: Final = "labelviz"
# What the configuration refers to as `$key`.
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# What XML 1.0 cannot say, not even by number.
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(path: Path, sheet: ExportTable) -> None:
    """Write a sheet as tasks."""
    configuration(sheet)
    with path.open("w", encoding="utf-8", newline="") as file:
        before = "[\n"
        for task in _tasks(sheet):
            file.write(before + json.dumps(task, ensure_ascii=False, allow_nan=False))
            before = ",\n"
        file.write("\n]\n")


def check(path: Path, sheet: ExportTable) -> None:
    """Raise ExportRefused unless every task reads back equal."""
    found = json.loads(path.read_text("utf-8"))
    check_rows(
        path, sheet, [written.columns for task in found if (written := written_here(task["data"]))]
    )
    for row, (mine, read) in enumerate(zip(_tasks(sheet), found, strict=True), start=2):
        if mine != read:
            raise differs(path, row, sheet.id)


@dataclass(frozen=True)
class Written:
    """What labelviz wrote into the data of a task: the columns in order, and the sample's id."""

    columns: dict[str, Any]
    id: str


def written_here(data: Any) -> Written | None:
    """What labelviz wrote into the data of a task; None for a task of somebody else."""
    if not isinstance(data, dict):
        return None
    names, its_id = _longest(data, COLUMNS), _longest(data, ID)
    if not isinstance(names, list) or not isinstance(its_id, str):
        return None
    return Written({str(name): data[name] for name in names if str(name) in data}, its_id)


def _longest(data: Mapping[str, Any], name: str) -> Any:
    """What stands under a name that was made free: the longest of its kind."""
    kind = re.compile(f"({RENAMED})*{name}")
    return data.get(max(filter(kind.fullmatch, data), key=len, default=""))


def configuration(sheet: ExportTable) -> str:
    """The labelling configuration of a project that takes the tasks.

    Raises
    ------
    ExportRefused : a class has a character that XML does not hold.
    """
    for name in sheet.classes:
        if NO_XML.search(name):
            raise ExportRefused(
                "A class has a character that the configuration of Label Studio does not hold.",
                where=repr(name),
                remedy="Name the class without it, or export in another format.",
            )
    keys = _text_keys(sheet)
    texts = [
        f"  <Text name={quoteattr(side)} value={quoteattr('$' + key)}/>"
        for side, key in zip(SIDES, keys, strict=False)
    ]
    control = quoteattr(unused_column(CONTROL, sheet.columns))
    how = "multiple" if sheet.multilabel else "single"
    choices = [f"    <Choice value={quoteattr(name)}/>" for name in sheet.classes]
    return "\n".join([
        "<View>", *texts, f'  <Choices name={control} toName="{SIDES[0]}" choice="{how}">',
        *choices, "  </Choices>", "</View>", "",
    ])  # fmt: skip


def _text_keys(sheet: ExportTable) -> list[str]:
    """The key in `data` of each text: its own column, where the configuration can name that."""
    return [
        name
        if KEY.fullmatch(name) and not sheet.lacks(name)
        else unused_column(other, sheet.columns)
        for name, other in zip(sheet.text_columns, TEXTS, strict=False)
    ]


def _tasks(sheet: ExportTable) -> Iterator[dict[str, Any]]:
    keys, own = _text_keys(sheet), list(sheet.columns)
    control = unused_column(CONTROL, sheet.columns)
    its_id, ours = unused_column(ID, sheet.columns), unused_column(COLUMNS, sheet.columns)
    for at, (row, chosen) in enumerate(zip(sheet.rows(), sheet.chosen(), strict=True)):
        data = {**row, **{key: text[at] for key, text in zip(keys, sheet.texts, strict=True)}}
        data |= {its_id: row[sheet.id], ours: own}
        predictions = [] if chosen is None else [_prediction(f"{MODEL}-{at + 1}", control, chosen)]
        yield {"data": data, "predictions": predictions}


def _prediction(name: str, control: str, chosen: dict[str, float]) -> dict[str, Any]:
    """What we say of a sample, as sure as of its least likely class."""
    picked = {
        "id": name, "from_name": control, "to_name": SIDES[0], "type": "choices",
        "value": {"choices": list(chosen)},
    }  # fmt: skip
    score = min(chosen.values(), default=None)
    return {"model_version": MODEL, "score": score, "result": [picked] if chosen else []}


LABEL_STUDIO = FileFormat(
    "Label Studio tasks", ".json", write, check, lambda sheet: {".xml": configuration(sheet)}
)
