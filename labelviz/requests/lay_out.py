"""Ask for all samples to be laid out in a plane."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from labelviz.core.asked import asked, part
from labelviz.core.files import check_absent
from labelviz.core.progress import Report, silent
from labelviz.core.settings import ModelUse
from labelviz.requests.request import MODEL_GIVEN_AS, Request

if TYPE_CHECKING:
    from labelviz.core.dataset import Dataset
    from labelviz.core.layout import Layout
    from labelviz.project.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class LayOut(Request):
    """Lay all samples out as a map, like beside like."""

    kind: ClassVar[str] = "map"
    command: ClassVar[str] = "map"

    out: Path | None = asked(None, "Write a new CSV: id, x and y from 0 to 1.", metavar="FILE")
    encoder: str = asked(
        "", "Embeds texts; the embeddings at hand serve where none is named.",
        metavar=MODEL_GIVEN_AS,
    )  # fmt: skip
    seed: int = asked(0, "Where the arrangement starts.", ge=0, le=2**32 - 1)
    use: ModelUse = part(ModelUse())

    def run(self, project: Workspace, report: Report = silent) -> Layout:
        """Lay them out, and write the file where it is asked for.

        Raises
        ------
        StepMissing : the dataset is large, and no embeddings are kept.
        ExportRefused : the file exists.
        """
        from labelviz.core.files import created

        if self.out is not None:
            check_absent(self.out)
        embeddings = project.findings.embeddings
        found = embeddings.lay_out(self.encoder or None, self.use, self.seed, report)
        if self.out is not None:
            with created(self.out) as temporary:
                temporary.write_bytes(positions(project.dataset, found))
        return found


def positions(dataset: Dataset, layout: Layout) -> bytes:
    """Where every sample lies, as CSV that a spreadsheet takes no formula from."""
    from labelviz.tables.spreadsheet import GUARDED, as_csv, guarded_columns

    columns = {
        "id": [str(each) for each in dataset.ids],
        "x": [f"{each:.6f}" for each in layout.x],
        "y": [f"{each:.6f}" for each in layout.y],
    }
    return as_csv(guarded_columns(columns, GUARDED))
