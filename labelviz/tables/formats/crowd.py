"""Crowd platforms: results of CrowdFlower (Figure Eight, Appen) and of Mechanical Turk."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from labelviz.tables.cells import as_text
from labelviz.tables.columns import Columns
from labelviz.tables.formats.format import REJECTED, Format, Made

GOLD = "a test question of the platform"
TAINTED = "tainted judgment"
ANSWER, FORM = "Answer.", "Answer.taskAnswers"
YES = ("true", "1", "yes")


def fits_flower(names: Collection[str], _: Mapping[str, Any]) -> bool:
    """`_unit_id` and `_golden`."""
    return {"_unit_id", "_golden"} <= set(names)


def fits_turk(names: Collection[str], _: Mapping[str, Any]) -> bool:
    """HITs with workers and answers."""
    return {"HITId", "WorkerId"} <= set(names) and any(n.startswith(ANSWER) for n in names)


def read_flower(rows: Sequence[tuple[int, dict[str, Any]]]) -> Made:
    """Judgments of units; test questions and tainted judgments are no votes."""
    made = Made()
    names = list(rows[0][1]) if rows else []
    full = "_worker_id" in names
    for line, row in rows:
        if str(row.get("_golden", "")).lower() in YES:
            made.set_aside(line, "_golden", GOLD, str(row.get("_unit_id", "")))
        elif str(row.get("_tainted", "")).lower() in YES:
            made.set_aside(line, "_tainted", TAINTED, str(row.get("_worker_id", "")))
        else:
            made.add(line, row)
    asked = [n.removesuffix(":confidence") for n in names if n.endswith(":confidence")]
    asked = asked or [n.removesuffix("_gold") for n in names if n.endswith("_gold")]
    asked = [name for name in asked if name in names]
    label = asked[0] if len(asked) == 1 else ""
    made.questions = tuple(asked) if len(asked) > 1 else ()
    sure = f"{label}:confidence"
    made.meant = Columns(
        id="_unit_id", label=label, labelled_by="_worker_id" if full else "",
        confidence=sure if label and sure in names and not full else "",
    )  # fmt: skip
    return made


def read_turk(rows: Sequence[tuple[int, dict[str, Any]]]) -> Made:
    """Assignments of HITs; rejected ones are no votes. An item is what its inputs are."""
    made = Made()
    inputs: dict[tuple[str, ...], str] = {}
    for line, row in rows:
        if row.get("RejectionTime") or str(row.get("AssignmentStatus", "")) == "Rejected":
            made.set_aside(line, "AssignmentStatus", REJECTED, str(row.get("WorkerId", "")))
            continue
        item = tuple(str(v) for k, v in row.items() if k.startswith("Input."))
        row = _unpacked(row)
        made.add(line, {**row, "item": inputs.setdefault(item, str(row.get("HITId", "")))})
    made.rows = _ticked(made.rows)
    answers = list(
        dict.fromkeys(n for row in made.rows for n in row if n.startswith(ANSWER))
    )  # fmt: skip
    shared = len(inputs) < len(made.rows)
    made.meant = Columns(
        id="item", label=answers[0] if len(answers) == 1 else "",
        labelled_by="WorkerId" if shared else "",
    )  # fmt: skip
    return made


def _unpacked(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with a column for each answer of a form, in place of the one that holds them all."""
    form = row.get(FORM)
    if not isinstance(form, list) or len(form) != 1 or not isinstance(form[0], dict):
        return dict(row)
    rest = {name: value for name, value in row.items() if name != FORM}
    return {**rest, **{f"{ANSWER}{name}": _picked(value) for name, value in form[0].items()}}


def _ticked(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Rows with one answer in place of the columns of its options: `Answer.mood.good` = true."""
    options: dict[str, list[str]] = {}
    for name in rows[0] if rows else ():
        question, _, option = name.removeprefix(ANSWER).rpartition(".")
        if name.startswith(ANSWER) and question and option:
            options.setdefault(ANSWER + question, []).append(name)
    for question, names in options.items():
        cells = {row.get(name, "").lower() for row in rows for name in names}
        if len(names) > 1 and "true" in cells and cells <= {"true", "false", ""}:
            rows = [_with_answer(row, question, names) for row in rows]
    return rows


def _with_answer(row: Mapping[str, str], question: str, names: Sequence[str]) -> dict[str, str]:
    chosen = [n.rpartition(".")[2] for n in names if row.get(n, "").lower() == "true"]
    rest = {name: cell for name, cell in row.items() if name not in names}
    return {**rest, question: chosen[0] if len(chosen) == 1 else as_text(chosen) if chosen else ""}


def _picked(value: Any) -> Any:
    """The options of a group that were ticked, or the text of an answer."""
    if not isinstance(value, dict):
        return value
    if set(value) == {"label"}:
        return value["label"]
    names = [name for name, ticked in value.items() if ticked is True]
    return names[0] if len(names) == 1 else names


FLOWER = Format("CrowdFlower", fits_flower, read_flower)
TURK = Format("Mechanical Turk", fits_turk, read_turk)
