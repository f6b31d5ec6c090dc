"""Argilla: records of version 2, nested or flat, and of version 1, with and without feedback."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from labelviz.errors import FileRefused
from labelviz.tables.columns import Columns
from labelviz.tables.formats.format import NOT_SEEN, SKIPPED, Format, Made

WHO = "annotator"
USERS = re.compile(r"(.+)\.responses\.users")
SUGGESTED = re.compile(r"(.+)\.suggestion")
FEEDBACK = re.compile(r"(.+)-suggestion-metadata")
ASKED = ("user_id", "value", "status")
EXTERNAL = "external_id"
OTHER = "answers about parts of texts, or that rank, were left out; labelviz reads labels"
UNSURE = (
    "answers came without a status: discarded ones and drafts look submitted; if that matters, "
    "export with to_datasets"
)


def fits_nested(names: Collection[str], first: Mapping[str, Any]) -> bool:
    """Version 2, `to_json`: fields, responses and suggestions are objects."""
    return {"fields", "responses", "suggestions"} <= set(names) and isinstance(
        first.get("fields"), dict
    )


def fits_flat(names: Collection[str], _: Mapping[str, Any]) -> bool:
    """Version 2, `to_datasets` and the hub: parallel lists by question."""
    return any(USERS.fullmatch(name) for name in names) or (
        "_server_id" in names and any(SUGGESTED.fullmatch(name) for name in names)
    )


def fits_feedback(names: Collection[str], _: Mapping[str, Any]) -> bool:
    """Version 1, feedback: each question beside a suggestion and what is to be known of it."""
    return any((found := FEEDBACK.fullmatch(name)) and found[1] in names for name in names)


def fits_old(names: Collection[str], _: Mapping[str, Any]) -> bool:
    """Version 1: a record with prediction and annotation."""
    return {"prediction_agent", "annotation_agent"} <= set(names)


def read_nested(rows: Sequence[tuple[int, dict[str, Any]]]) -> Made:
    """One row for each person's response; suggestions are a model's opinion."""
    made, asked = Made(), _Questions()
    for line, row in rows:
        whole = {"id": row.get("id", ""), **_objects(row.get("fields")),
                 **_objects(row.get("metadata"))}  # fmt: skip
        said: list[tuple[str, str, Any, str]] = []
        for question, responses in _objects(row.get("responses")).items():
            for each in responses if isinstance(responses, list) else []:
                said.append((question, str(each.get("user_id", "")), each.get("value"), ""))
                made.left_out[UNSURE] += 1
        hints = {
            question: (each.get("value"), each.get("score"), each.get("agent"))
            for question, each in _objects(row.get("suggestions")).items()
            if isinstance(each, dict)
        }
        asked.take(line, whole, said, hints, made)
    made.meant = asked.meant(rows[0][1].get("fields") if rows else {})
    made.questions = asked.open
    return made


def read_flat(rows: Sequence[tuple[int, dict[str, Any]]]) -> Made:
    """One row for each submitted response; drafts and discarded ones are no votes."""
    made, asked = Made(), _Questions()
    for line, row in rows:
        questions = [match[1] for name in row if (match := USERS.fullmatch(name))]
        hinted = [match[1] for name in row if (match := SUGGESTED.fullmatch(name))]
        mine = tuple(f"{name}." for name in dict.fromkeys([*questions, *hinted]))
        whole = {k: v for k, v in row.items() if not k.startswith(mine)}
        said = [each for name in questions for each in _flat_responses(name, row)]
        hints = {
            name: (row.get(f"{name}.suggestion"), row.get(f"{name}.suggestion.score"),
                   row.get(f"{name}.suggestion.agent"))
            for name in hinted
        }  # fmt: skip
        asked.take(line, whole, said, hints, made)
    made.meant = asked.meant({})
    made.questions = asked.open
    return made


def read_feedback(rows: Sequence[tuple[int, dict[str, Any]]]) -> Made:
    """One row for each submitted answer; a list of answers, or an object of lists in early files.

    Raises
    ------
    FileRefused : no question is one of labels.
    """
    made, asked = Made(), _Questions()
    questions = [m[1] for name in rows[0][1] if (m := FEEDBACK.fullmatch(name))]
    mine = {name for q in questions for name in (q, f"{q}-suggestion", f"{q}-suggestion-metadata")}
    asks = {q for q in questions if not _of_parts(q, rows)}
    if not asks:
        raise FileRefused(
            "The file holds answers about parts of texts and none about whole texts.",
            remedy="Export a dataset with a question for a label.",
        )
    for line, row in rows:
        whole = {k: v for k, v in row.items() if k not in mine}
        said, hints = [], {}
        for question in questions:
            if question not in asks:
                made.left_out[OTHER] += 1
                continue
            for each in _answers(row.get(question)):
                who, value, status = (each.get(key) for key in ASKED)
                said.append((question, str(who or ""), _plain(value), str(status or "")))
            about = _objects(row.get(f"{question}-suggestion-metadata"))
            hint = _plain(row.get(f"{question}-suggestion"))
            hints[question] = (hint, about.get("score"), about.get("agent"))
        asked.take(line, whole, said, hints, made)
    named = bool(rows) and all(row.get(EXTERNAL) for _, row in rows)
    made.meant = replace(asked.meant({}), id=EXTERNAL if named else "")
    made.questions = asked.open
    return made


def read_old(rows: Sequence[tuple[int, dict[str, Any]]]) -> Made:
    """Validated annotations; discarded records are skips, predictions a model's opinion."""
    made = Made()
    for line, row in rows:
        inputs = row.get("inputs") if isinstance(row.get("inputs"), dict) else {}
        kept = {k: v for k, v in row.items() if k not in ("inputs", "prediction", "annotation")}
        guessed = row.get("prediction")
        names = [_name(each) for each in guessed] if isinstance(guessed, list) else []
        if row.get("status") == "Discarded":
            made.set_aside(line, "status", SKIPPED, str(row.get("text") or inputs))
            continue
        if not row.get("annotation"):
            made.set_aside(line, "annotation", NOT_SEEN, str(row.get("text") or inputs))
            continue
        made.add(line, {**kept, **(inputs or {}), "label": row["annotation"],
                        "prediction": names[0] if names else ""})  # fmt: skip
    given = any(row.get("prediction") for row in made.rows)
    made.meant = Columns(label="label", id="id", annotators=("prediction",) if given else ())
    return made


class _Questions:
    """Gathers what was answered, question by question."""

    def __init__(self) -> None:
        self.names: dict[str, None] = {}
        self.hinted: dict[str, None] = {}
        self.several = False
        self.open: tuple[str, ...] = ()

    def take(
        self, line: int, whole: Mapping[str, Any], said: Sequence[tuple[str, str, Any, str]],
        hints: Mapping[str, tuple[Any, Any, Any]], made: Made,
    ) -> None:  # fmt: skip
        """Take one record: its responses as rows, its suggestions as columns."""
        row = {**whole}
        for question, (value, score, _) in hints.items():
            if value not in (None, ""):
                self.hinted[question] = None
                row[f"{question}.suggestion"] = value
                if score not in (None, ""):
                    row[f"{question}.suggestion.score"] = score
        people: dict[str, dict[str, Any]] = {}
        skipped = False
        for question, who, value, status in said:
            if status in ("", "submitted") and value not in (None, ""):
                self.names[question] = None
                people.setdefault(who, {})[question] = value
            skipped |= status == "discarded"
        self.several |= len(people) > 1
        for who, answers in people.items():
            made.add(line, {**row, WHO: who, **answers})
        if not people and skipped:
            made.set_aside(line, "", SKIPPED, str(whole))
        elif not people and any(value for value, _, _ in hints.values()):
            made.add(line, row)
        elif not people:
            made.set_aside(line, "", NOT_SEEN, str(whole))

    def meant(self, fields: Any) -> Columns:
        """The label is the one question that people, else a model, answered."""
        answered = list(self.names)
        hinted = [f"{name}.suggestion" for name in self.hinted]
        texts = list(fields) if isinstance(fields, dict) else []
        one = answered if answered else hinted
        label = one[0] if len(one) == 1 else ""
        self.open = tuple(one) if len(one) > 1 else ()
        mine = f"{label}.suggestion"
        return Columns(
            label=label, id="id", labelled_by=WHO if self.several else "",
            annotators=(mine,) if mine in hinted and answered else (),
            text=texts[0] if len(texts) == 1 else "",
        )  # fmt: skip


def _flat_responses(name: str, row: Mapping[str, Any]) -> Iterator[tuple[str, str, Any, str]]:
    values, users = row.get(f"{name}.responses"), row.get(f"{name}.responses.users")
    status = row.get(f"{name}.responses.status")
    for at, value in enumerate(values if isinstance(values, list) else []):
        who = users[at] if isinstance(users, list) and at < len(users) else ""
        how = status[at] if isinstance(status, list) and at < len(status) else ""
        yield name, str(who), value, str(how)


def _answers(value: Any) -> list[Mapping[str, Any]]:
    """The answers of one question; early files hold a list for each key."""
    if isinstance(value, list):
        return [each for each in value if isinstance(each, dict)]
    lists = [value.get(key) for key in ASKED] if isinstance(value, dict) else []
    if not lists or not all(isinstance(each, list) for each in lists):
        return [value] if isinstance(value, dict) else []
    return [dict(zip(ASKED, each, strict=False)) for each in zip(*lists, strict=False)]


def _plain(value: Any) -> Any:
    """A value out of the object that early files put around it."""
    return value["value"] if isinstance(value, dict) and set(value) == {"value"} else value


def _of_parts(question: str, rows: Sequence[tuple[int, dict[str, Any]]]) -> bool:
    """Whether answers are spans or ranks: lists of objects."""
    values = [_plain(each.get("value")) for _, row in rows for each in _answers(row.get(question))]
    values += [_plain(row.get(f"{question}-suggestion")) for _, row in rows]
    return any(
        isinstance(value, list) and any(isinstance(each, dict) for each in value)
        for value in values
    )


def _objects(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _name(each: Any) -> str:
    if isinstance(each, dict):
        return str(each.get("label", ""))
    return str(each[0]) if isinstance(each, list) and each else str(each)


NESTED = Format("Argilla", fits_nested, read_nested)
FLAT = Format("Argilla", fits_flat, read_flat)
ASKING = Format("Argilla", fits_feedback, read_feedback)
OLD = Format("Argilla", fits_old, read_old)
