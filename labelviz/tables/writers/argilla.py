"""Argilla: records for `dataset.records.log`, with our label as a suggestion, and the settings.

`Settings.from_json` reads the settings, which also say which key of a record is what: the columns
keep their names, and what is added for Argilla stands behind them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from labelviz.tables.writers.writer import (
    ExportTable,
    FileFormat,
    check_rows,
    differs,
    unused_column,
)

QUESTION, SIDES, AGENT = "label", ("text", "text_b"), "labelviz"
SAYS_AGENT: Final = re.compile(r"(.+)\.suggestion\.agent", re.DOTALL)


def write(path: Path, sheet: ExportTable) -> None:
    """Write a sheet as records."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(
            json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n"
            for record in _records(sheet)
        )


def check(path: Path, sheet: ExportTable) -> None:
    """Raise ExportRefused unless every record reads back equal."""
    with path.open(encoding="utf-8", newline="\n") as file:
        found = [json.loads(line) for line in file]
    names = [*sheet.columns]
    check_rows(path, sheet, [dict(list(record.items())[: len(names)]) for record in found])
    for row, (mine, read) in enumerate(zip(_records(sheet), found, strict=True), start=2):
        if mine != read:
            raise differs(path, row, sheet.id)


def added_to(names: list[str], first: Mapping[str, Any]) -> list[str]:
    """The columns that were added for Argilla to a file that labelviz wrote; none in another."""
    for name in reversed(names):
        found = SAYS_AGENT.fullmatch(name)
        if found and first.get(name) == AGENT:
            start = f"{found[1]}."
            return [each for each in names if each.startswith(start)]
    return []


def settings(sheet: ExportTable) -> str:
    """Fields, question, metadata and mapping of a dataset that takes the records, as JSON."""
    question = _question(sheet)
    fields = SIDES[: len(sheet.texts)]
    shares = {f"target_{k}": name for k, name in enumerate(sheet.target_columns)}
    meant = [(sheet.id, "id"), *zip(_text_keys(sheet), fields, strict=True)]
    meant += [(name, short) for short, name in shares.items()]
    meant += [
        (_key(question, part), f"{QUESTION}.suggestion.{part}")
        for part in ("value", "score", "agent")
    ]
    mapping: dict[str, list[str]] = {}
    for key, place in meant:
        mapping.setdefault(key, []).append(place)
    said = {
        "guidelines": None,
        "fields": [
            {"name": name, "title": name, "required": True,
             "settings": {"type": "text", "use_markdown": False}}
            for name in fields
        ],
        "questions": [_asked(sheet)],
        "vectors": [],
        "metadata": [
            {"name": short, "title": name, "visible_for_annotators": True,
             "settings": {"type": "float", "min": 0.0, "max": 1.0}}
            for short, name in shares.items()
        ],
        "allow_extra_metadata": False,
        "distribution": {"strategy": "overlap", "min_submitted": 1},
        "mapping": mapping,
    }  # fmt: skip
    return json.dumps(said, ensure_ascii=False, indent=1) + "\n"


def _asked(sheet: ExportTable) -> dict[str, Any]:
    kind = "multi_label_selection" if sheet.multilabel else "label_selection"
    options = [{"value": name, "text": name, "description": None} for name in sheet.classes]
    shown = {"type": kind, "options": options, "visible_options": None}
    return {"name": QUESTION, "title": "Label", "description": None, "required": True,
            "settings": shown}  # fmt: skip


def _question(sheet: ExportTable) -> str:
    """How the keys begin that are added: as no column does."""
    name = QUESTION
    while any(each.startswith(f"{name}.") for each in sheet.columns):
        name = unused_column(name, {name})
    return name


def _key(question: str, part: str) -> str:
    return f"{question}.suggestion" + ("" if part == "value" else f".{part}")


def _text_keys(sheet: ExportTable) -> list[str]:
    """The key of each text: its own column, or one that is added."""
    question = _question(sheet)
    return [
        name if name and not sheet.lacks(name) else f"{question}.{side}"
        for name, side in zip(sheet.text_columns, SIDES, strict=False)
    ]  # fmt: skip


def _records(sheet: ExportTable) -> Iterator[dict[str, Any]]:
    question, keys = _question(sheet), _text_keys(sheet)
    value, score, agent = (_key(question, part) for part in ("value", "score", "agent"))
    for at, (row, chosen) in enumerate(zip(sheet.rows(), sheet.chosen(), strict=True)):
        texts = {key: text[at] for key, text in zip(keys, sheet.texts, strict=True)}
        names, shares = _suggested(chosen, multilabel=sheet.multilabel)
        yield {**row, **texts, value: names, score: shares, agent: AGENT}


def _suggested(chosen: dict[str, float] | None, *, multilabel: bool) -> tuple[Any, Any]:
    """Value and score; nothing where there is no class, which Argilla does not take."""
    if not chosen:
        return None, None
    names, shares = list(chosen), list(chosen.values())
    return (names, shares) if multilabel else (names[0], shares[0])


ARGILLA = FileFormat(
    "Argilla records", ".jsonl", write, check, lambda sheet: {".settings.json": settings(sheet)}
)
