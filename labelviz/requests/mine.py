"""Ask for hard samples: new pairs that would be worth a label, and the borders of the classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from labelviz.core.asked import REQUIRED, asked
from labelviz.core.files import check_absent
from labelviz.core.progress import Report, silent
from labelviz.requests.request import Request

if TYPE_CHECKING:
    from labelviz.core.borders import Border
    from labelviz.models.mine import Mined
    from labelviz.project.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class MinePairs(Request):
    """Write new pairs of near records that would be worth a label, the most telling first."""

    kind: ClassVar[str] = "mine"
    command: ClassVar[str] = "mine"

    file: Path = asked(REQUIRED, "A new CSV: id, text_a, text_b and why.", place=True)
    count: int = asked(200, "How many pairs, at most.", ge=1, le=100_000)

    def run(self, project: Workspace, report: Report = silent) -> Mined:
        """Mine them, and write the file.

        Raises
        ------
        StepMissing : the samples are no pairs of two classes, or none are left.
        ExportRefused : the file exists.
        """
        from labelviz.core.files import created
        from labelviz.models.mine import mine

        check_absent(self.file)
        found = mine(project.dataset, self.count, project.findings.doubt(), report)
        with created(self.file) as temporary:
            temporary.write_bytes(new_pairs(found))
        return found


@dataclass(frozen=True, kw_only=True)
class ShowBorders(Request):
    """Print between which classes the model wavers, those first where most samples lie."""

    kind: ClassVar[str] = "borders"
    command: ClassVar[str] = "borders"

    count: int = asked(20, "How many at most.", ge=1)

    def run(self, project: Workspace, report: Report = silent) -> Sequence[Border]:
        """Look.

        Raises
        ------
        StepMissing : there are no probabilities.
        """
        return project.findings.borders()[: self.count]


def new_pairs(found: Mined) -> bytes:
    """Mined pairs as CSV, without a label: for an LLM or a person to give one."""
    from labelviz.tables.spreadsheet import GUARDED, as_csv, guarded_columns

    columns = {
        "id": [f"new-{number:05d}" for number in range(1, len(found.left) + 1)],
        "text_a": list(found.left),
        "text_b": list(found.right),
        "match": [repr(float(each)) for each in found.match],
        "telling": [repr(float(each)) for each in found.telling],
        "alike": [repr(float(each)) for each in found.near],
    }
    return as_csv(guarded_columns(columns, GUARDED))
