"""Ask for wrong labels to be found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from labelviz.core.asked import asked, part
from labelviz.core.progress import Report, silent
from labelviz.core.settings import FlagLine, ModelUse
from labelviz.errors import LabelvizError
from labelviz.requests.predict import CrossValidate
from labelviz.requests.request import MODEL_GIVEN_AS, Request

if TYPE_CHECKING:
    from labelviz.core.dataset import Dataset
    from labelviz.core.evidence import TrainingLog
    from labelviz.core.suspicion import Suspicion
    from labelviz.project.workspace import Workspace

RENEWED = "The flags are as they were. The probabilities “{name}” were made, and are in use."


@dataclass(frozen=True)
class Flagged:
    """What came of a check, and the log of a training elsewhere where one was read first."""

    suspicion: Suspicion
    log: TrainingLog | None = None


@dataclass(frozen=True, kw_only=True)
class Flag(Request):
    """Flag labels that are likely wrong."""

    kind: ClassVar[str] = "flag"
    command: ClassVar[str] = "flag"

    out: Path | None = asked(None, "Write all samples as CSV.", metavar="FILE")
    detectors: tuple[str, ...] = asked(
        (), "Run this one; all where none is given.", option="detector", metavar="NAME"
    )
    encoder: str = asked("", "Embeds texts for the nearest neighbours.", metavar=MODEL_GIVEN_AS)
    training_log: Path | None = asked(
        None, "Logits of a training elsewhere on these labels.", metavar="FILE"
    )
    after_review: bool = asked(
        False,
        "Cross-validate first on the labels as reviewers left them, by the encoder where one is "
        "given; these probabilities are in use from then on, and those before count beside them.",
    )
    line: FlagLine = part(FlagLine())
    use: ModelUse = part(ModelUse())

    def run(self, project: Workspace, report: Report = silent) -> Flagged:
        """Read the log, renew the probabilities, look for wrong labels, and write the file, where
        they are asked for."""
        log = project.findings.logs.read_file(self.training_log) if self.training_log else None
        renew = CrossValidate(encoder=self.encoder, use=self.use, after_review=True)
        renewed = renew.run(project, report) if self.after_review else ""
        try:
            suspicion = project.findings.flag(
                self.detectors, self.encoder or None, report, self.use, line=self.line
            )
        except LabelvizError as error:
            if renewed and renewed == project.opinions.current:
                error.safe = RENEWED.format(name=renewed)
            raise
        if self.out is not None:
            write_issues(self.out, project.dataset, suspicion)
        return Flagged(suspicion, log)


def write_issues(path: Path, dataset: Dataset, suspicion: Suspicion) -> None:
    """Write all samples to a new CSV, as `issues`.

    Raises
    ------
    ExportRefused : the file exists, or cannot be written.
    """
    from labelviz.core.files import created

    with created(path) as temporary:
        temporary.write_bytes(issues(dataset, suspicion, suspicion.worst_first().tolist()))


def flagged_issues(project: Workspace) -> bytes:
    """The flagged labels of a project as a CSV file, as `issues`; none where nothing was flagged.

    The texts are in it too, since it is made to be read.
    """
    dataset, suspicion = project.dataset, project.suspicion
    if suspicion is None:
        return b""
    rows = [row for row in suspicion.worst_first().tolist() if suspicion.flagged[row]]
    return issues(dataset, suspicion, rows, texts=True)


def issues(
    dataset: Dataset, suspicion: Suspicion, rows: Sequence[int], *, texts: bool = False
) -> bytes:
    """Id, given, suggested, suspicion, flagged and reasons of some rows as CSV, in their order.

    People open it in a spreadsheet, which takes no text in it for a formula.
    """
    from labelviz.tables.names import SEPARATOR
    from labelviz.tables.spreadsheet import GUARDED, as_csv, guarded_columns

    columns = {
        "id": [str(dataset.ids[row]) for row in rows],
        "given": [SEPARATOR.join(dataset.label_names(dataset.given, row)) for row in rows],
        "suggested": [SEPARATOR.join(dataset.label_names(suspicion.suggested, r)) for r in rows],
        "suspicion": [repr(float(suspicion.score[row])) for row in rows],
        "flagged": ["yes" if suspicion.flagged[row] else "no" for row in rows],
        "reasons": [str(suspicion.reasons[row]) for row in rows],
    }
    for name, side in zip(("text", "text_b"), dataset.texts, strict=False) if texts else ():
        columns[name] = [str(side[row]) for row in rows]
    return as_csv(guarded_columns(columns, GUARDED))
