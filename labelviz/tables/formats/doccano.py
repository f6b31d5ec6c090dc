"""doccano: JSON Lines of texts with lists of names, or of numbers in versions up to 1.2."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from labelviz.errors import FileRefused
from labelviz.tables.columns import Columns
from labelviz.tables.formats.format import NOT_SEEN, Format, Made

# What archives call the file of all annotators, and that of what nobody labelled; other files are
# named after who labelled.
EVERYBODY, NOBODY = "all", "unknown"
WHO, FILE = "annotator", "file"


def fits(names: Collection[str], first: Mapping[str, Any]) -> bool:
    """`annotation_approver`, or id, a text and a list under `label`; `Comments` since 1.8.1."""
    if "annotation_approver" in names and isinstance(first.get("annotations"), list):
        return True
    text = "text" in names or "data" in names
    return "id" in names and text and isinstance(first.get("label"), list) and (
        "Comments" in names or "cats" in names
        or set(names) <= {"id", "text", "data", "label", FILE}
    )  # fmt: skip


def read(rows: Sequence[tuple[int, dict[str, Any]]]) -> Made:
    """Lists of names as they stand.

    Raises
    ------
    FileRefused : the lists hold spans.
    """
    made = Made()
    for line, row in rows:
        who = str(row.get(FILE) or "").rpartition("/")[2].partition(".")[0]
        if who == NOBODY and not row.get("label"):
            made.set_aside(line, "label", NOT_SEEN, str(row.get("text") or row.get("data") or ""))
            continue
        if isinstance(row.get("annotations"), list):
            labels = [each.get("label") for each in row["annotations"] if isinstance(each, dict)]
            people = {
                str(each.get("user")) for each in row["annotations"] if isinstance(each, dict)
            }
            kept = {k: v for k, v in row.items() if k != "annotations"}
            made.add(line, {**kept, "label": labels, WHO: ", ".join(sorted(people))})
            continue
        if any(isinstance(each, list) for each in row.get("label") or []):
            raise FileRefused(
                "The labels are spans of the texts; labelviz reads labels of whole texts.",
                where=f"line {line}, column 'label'",
                remedy="Export a project for text classification.",
            )
        made.add(line, {**row, WHO: who} if who and who != EVERYBODY else row)
    text = "text" if rows and "text" in rows[0][1] else "data"
    several = len({row[WHO] for row in made.rows if FILE in row and row.get(WHO)}) > 1
    made.meant = Columns(
        text=text, label="label", id="id", labelled_by=WHO if several else ""
    )  # fmt: skip
    return made


DOCCANO = Format("doccano", fits, read)
