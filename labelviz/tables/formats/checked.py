"""What tools that check or make labels write: Cleanlab, refinery, autolabel and Snorkel."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from labelviz.errors import FileRefused
from labelviz.tables import hints
from labelviz.tables.columns import Columns
from labelviz.tables.formats.format import Format, Made

ISSUE, ROW = "is_label_issue", "cleanlab_row_ID"
SCORES = ("label_score", "label_quality", "label_issue_score")
GIVEN = ("given_label", "label")
MODEL = ("suggested_label", "predicted_label")
OURS = re.compile(r"is_.*_issue|.*_score|label_quality|(given|predicted|suggested)_label.*|"
                  r"cleanlab_.*|corrected_label|action|is_initially_unlabeled|label")  # fmt: skip
MANUAL, WEAK, SURE = "MANUAL", "WEAK_SUPERVISION", "confidence"
QUESTION = re.compile(r"(.+)__(.+)__(MANUAL|WEAK_SUPERVISION|MODEL_CALLBACK)")
LABELLED = re.compile(r"(.+)_successfully_labell?ed")
NOT_LABELLED = "the model gave no usable answer"
MADE = ("label", "error", "prompt", "successfully_labeled", "successfully_labelled", "annotation",
        "confidence", "explanation", "error_type", "raw_response")  # fmt: skip
FUNCTION = re.compile(r"(lf|label(l?ing)?_?(fn|func|function))s?_?\d*([_ .-].*)?", re.IGNORECASE)
VOTE = 40  # characters of a vote
ABSTAINED = ("-1", "-1.0", "abstain", "abstained", "none", "no vote", "skip")


def fits_cleanlab(names: Collection[str], _: Mapping[str, Any]) -> bool:
    """Whether a label is an issue, beside a score of it."""
    return ISSUE in names and bool({*SCORES} & {*names})


def read_cleanlab(rows: Sequence[tuple[int, dict[str, Any]]]) -> Made:
    """The label that was checked; what Cleanlab predicts or suggests is a model's opinion.

    Raises
    ------
    FileRefused : the file holds no texts.
    """
    made = Made()
    names = list(rows[0][1])
    if not any(
        _is_text(row[name]) for _, row in rows for name in names if not OURS.fullmatch(name)
    ):
        raise FileRefused(
            "The file holds what Cleanlab says of labels, and no texts.",
            remedy="Join it to the table that was checked: its rows are in the same order, unless "
            "it has ids.",
        )
    for line, row in rows:
        made.add(line, row)
    label = next((name for name in GIVEN if name in names), "")
    opinion = next((name for name in MODEL if any(row.get(name) for _, row in rows)), "")
    own = any(hints.key_of(name) in hints.IDS for name in names)
    made.meant = Columns(
        label=label, annotators=(opinion,) if opinion and label else (),
        id=ROW if ROW in names and not own else "",
    )  # fmt: skip
    return made


def fits_refinery(names: Collection[str], _: Mapping[str, Any]) -> bool:
    """Columns `attribute__task__MANUAL` or `..__WEAK_SUPERVISION`."""
    return any(QUESTION.fullmatch(name) for name in names)


def read_refinery(rows: Sequence[tuple[int, dict[str, Any]]]) -> Made:
    """People's labels, else weak ones as the label; weak ones beside people's as an annotator."""
    made = Made()
    names = list(rows[0][1])
    for line, row in rows:
        made.add(line, row)
    tasks = {m[2]: m[1] for name in names if (m := QUESTION.fullmatch(name))}
    if len(tasks) != 1:
        made.questions = tuple(name for name in names if QUESTION.fullmatch(name))
        return made
    task, attribute = next(iter(tasks.items()))
    start = f"{attribute}__{task}__"
    whole = sum(bool(row.get(start + MANUAL)) for _, row in rows) == len(rows)
    weak = start + WEAK if start + WEAK in names else ""
    manual = start + MANUAL if start + MANUAL in names else ""
    label = manual if manual and (whole or not weak) else weak
    sure = f"{label}__{SURE}"
    others = tuple(name for name in (manual, weak) if name and name != label)
    made.meant = Columns(
        label=label, annotators=others, confidence=sure if sure in names else "",
        text=attribute if attribute in names else "",
    )  # fmt: skip
    return made


def fits_autolabel(names: Collection[str], _: Mapping[str, Any]) -> bool:
    """A task's label, and whether it was labelled."""
    found = [m[1] for name in names if (m := LABELLED.fullmatch(name))]
    return any(f"{task}_label" in names for task in found)


def read_autolabel(rows: Sequence[tuple[int, dict[str, Any]]]) -> Made:
    """The labels of what was labelled; the rest is set aside with the error."""
    made = Made()
    names = list(rows[0][1])
    done = next(name for name in names if LABELLED.fullmatch(name))
    task = LABELLED.sub(r"\1", done)
    for line, row in rows:
        if str(row.get(done)).strip().lower() not in ("yes", "true", "1"):
            why = str(row.get(f"{task}_error") or row.get(f"{task}_label") or "")
            made.set_aside(line, f"{task}_label", NOT_LABELLED, why)
        else:
            made.add(line, row)
    mine = {f"{task}_{each}" for each in MADE}
    texts = [
        name for name in names
        if name not in mine and any(_is_text(row.get(name)) for _, row in rows)
    ]  # fmt: skip
    sure = f"{task}_confidence"
    told = sure in names and any(row.get(sure) for _, row in rows)
    made.meant = Columns(
        label=f"{task}_label", text=texts[0] if len(texts) == 1 else "",
        confidence=sure if told else "",
    )  # fmt: skip
    return made


def fits_snorkel(names: Collection[str], first: Mapping[str, Any]) -> bool:
    """Columns of labelling functions, which vote with numbers or names, or abstain."""
    found = [name for name in names if FUNCTION.fullmatch(name)]
    return len(found) > 1 and all(len(str(first[name])) <= VOTE for name in found)


def read_snorkel(rows: Sequence[tuple[int, dict[str, Any]]]) -> Made:
    """Labelling functions as annotators; -1, and words for it, are no label.

    Raises
    ------
    FileRefused : the file holds no texts.
    """
    made = Made()
    names = list(rows[0][1])
    functions = [name for name in names if FUNCTION.fullmatch(name)]
    rest = [name for name in names if name not in functions]
    if not any(_is_text(row[name]) for _, row in rows for name in rest):
        raise FileRefused(
            f"The file holds votes of {len(functions)} labelling functions, and no texts.",
            remedy="Join them to the texts that they are about, by id or row by row.",
        )
    for line, row in rows:
        made.add(line, row)
    cells = {str(row[name]) for _, row in rows for name in functions}
    abstained = tuple(sorted(cell for cell in cells if cell.strip().lower() in ABSTAINED))
    made.meant = Columns(annotators=tuple(functions), missing=abstained)
    return made


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and any(c.isalpha() for c in value) and " " in value.strip()


CLEANLAB = Format("Cleanlab", fits_cleanlab, read_cleanlab)
REFINERY = Format("refinery", fits_refinery, read_refinery)
AUTOLABEL = Format("autolabel", fits_autolabel, read_autolabel)
SNORKEL = Format("Snorkel", fits_snorkel, read_snorkel)
