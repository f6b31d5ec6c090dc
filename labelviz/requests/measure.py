"""Ask how many labels are wrong."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from labelviz.core.asked import asked
from labelviz.core.progress import Report, silent
from labelviz.requests.request import Request

if TYPE_CHECKING:
    from labelviz.core.draws import Counted
    from labelviz.core.rates import ErrorRates
    from labelviz.core.yardstick import Yardstick
    from labelviz.project.workspace import Workspace


@dataclass(frozen=True)
class Measured:
    """What samples that were drawn at random say.

    Parameters
    ----------
    drawn : of all labels, be they few or many.
    rates : the same in parts; None where fewer than 30 were drawn.
    yardstick : what flags and detectors are worth; None where nothing tells.
    """

    drawn: Counted
    rates: ErrorRates | None
    yardstick: Yardstick | None


@dataclass(frozen=True, kw_only=True)
class MeasureErrors(Request):
    """Say how many labels are wrong, and what flags are worth, by samples that are known."""

    kind: ClassVar[str] = "rates"
    command: ClassVar[str] = "rates"

    truth: Path | None = asked(
        None,
        "CSV with id and label, trusted: says what flags and detectors are worth; random samples "
        "that were reviewed do where none is given.",
        metavar="FILE",
    )

    def run(self, project: Workspace, report: Report = silent) -> Measured:
        """Count."""
        findings = project.findings
        rates, known = findings.error_rates(), None
        if self.truth is not None or rates is not None:
            known = findings.yardstick(self.truth)
        return Measured(project.decisions.drawn, rates, known)
