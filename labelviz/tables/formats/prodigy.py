"""Prodigy: one JSON object per answer, accepted, rejected or ignored."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from labelviz.tables.columns import Columns
from labelviz.tables.formats.format import REJECTED, SKIPPED, Format, Made

WHO = "annotator"
BAD = "rejected as a bad task"
NO = "not "
MULTIPLE = "multiple"
LEFT = ("text", "label", "answer", "options", "accept", "spans", "tokens", "config")


def fits(names: Collection[str], first: Mapping[str, Any]) -> bool:
    """`answer` of accept, reject or ignore, beside hashes, a label or options."""
    answers = str(first.get("answer")) in ("accept", "reject", "ignore")
    return answers and bool({"_input_hash", "_task_hash", "accept", "options", "label"} & {*names})


def read(rows: Sequence[tuple[int, dict[str, Any]]]) -> Made:
    """Accepted answers; a rejected yes/no question is a no, a rejected choice is a bad task.

    A no to one label of many leaves the others open, so it is set aside; where the file asks about
    one label alone, it is its opposite.
    """
    made = Made()
    several = any(_style(row) == MULTIPLE or len(_accepted(row)) > 1 for _, row in rows)
    asked = {str(row.get("label")) for _, row in rows if "options" not in row and row.get("label")}
    one = asked.pop() if len(asked) == 1 else ""
    for line, row in rows:
        answer = row.get("answer")
        if answer == "ignore":
            made.set_aside(line, "answer", SKIPPED, str(row.get("text", "")))
            continue
        choice = "options" in row or "accept" in row
        label: Any = None
        if answer == "reject":
            if choice or not one:
                reason = BAD if choice else REJECTED + ": what it is instead is open"
                made.set_aside(line, "answer", reason, str(row.get("text", "")))
                continue
            label = f"{NO}{one}"
        elif choice:
            names = _accepted(row)
            label = names if several else names[0] if names else ""
        made.add(line, _row(row, row.get("label", "") if label is None else label))
    people = [row[WHO] for row in made.rows if row.get(WHO)]
    keys = [(row.get("_input_hash") or row.get("text"), row.get(WHO)) for row in made.rows]
    items = {key for key, _ in keys}
    shared = len(set(people)) > 1 and len(set(keys)) == len(keys) > len(items)
    hashes = [row.get("_input_hash", "") for row in made.rows]
    usable = all(hashes) and (shared or len(set(hashes)) == len(hashes))
    made.meant = Columns(
        text="text", label="label", id="_input_hash" if usable else "",
        labelled_by=WHO if shared else "",
        task="multilabel" if several and any("accept" in row for _, row in rows) else "",
    )  # fmt: skip
    return made


def _style(row: Mapping[str, Any]) -> str:
    config = row.get("config")
    return str(config.get("choice_style", "")) if isinstance(config, dict) else ""


def _accepted(row: Mapping[str, Any]) -> list[str]:
    """The texts of the options that were accepted."""
    listed = row.get("options") if isinstance(row.get("options"), list) else []
    options = [each for each in listed or [] if isinstance(each, dict)]
    names = {str(each.get("id")): str(each.get("text") or each.get("id")) for each in options}
    accept = row.get("accept")
    return [names.get(str(each), str(each)) for each in accept] if isinstance(accept, list) else []


def _row(row: Mapping[str, Any], label: Any) -> dict[str, Any]:
    who = row.get("_annotator_id") or row.get("_session_id") or ""
    rest = {name: value for name, value in row.items() if name not in LEFT}
    return {"text": row.get("text", ""), "label": label, **rest, WHO: who}


PRODIGY = Format("Prodigy", fits, read)
