from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from labelviz.core.decisions import Decision
from labelviz.core.files import sha256
from labelviz.project.workspace import Workspace
from labelviz.tables.columns import Columns
from tests.conftest import decision_of

Write = Callable[..., Path]


COLUMNS = Columns("text", "label", id="id", slices=("source",))


def decide(space: Workspace, operation: str, sample: str, verdict: str, **more) -> Decision:
    return space.decide(decision_of(operation, sample, verdict, on=space.dataset, **more))


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def in_groups(write: Write) -> Path:
    """Sixty samples with two columns that group them in other ways, and a label to learn."""
    rows = [
        f"{n},{'good' if n % 2 else 'bad'} film number {n},{'yes' if n % 2 else 'no'},"
        f"{n // 2},{n % 30},{'web' if n < 30 else 'app'}"
        for n in range(60)
    ]
    return write("\n".join(["id,text,label,by,other,source", *rows]), "groups.csv")


BY = Columns("text", "label", id="id", group="by")


def everything(space: Workspace) -> dict[str, str]:
    """The bytes of every file of a workspace but its locks, by name."""
    return {
        str(file.relative_to(space.path)): sha256(file)
        for file in sorted(space.path.rglob("*"))
        if file.is_file() and "lock" not in file.name and "alarm" not in file.parts
    }
