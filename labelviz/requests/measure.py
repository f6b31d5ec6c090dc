"""Ask how many labels are wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from labelviz.core.progress import Report, silent
from labelviz.requests.request import Request

if TYPE_CHECKING:
    from labelviz.core.draws import Counted
    from labelviz.core.rates import ErrorRates
    from labelviz.project.workspace import Workspace


@dataclass(frozen=True)
class Measured:
    """What samples that were drawn at random say.

    Parameters
    ----------
    drawn : of all labels, be they few or many.
    rates : the same in parts; None where fewer than 30 were drawn.
    """

    drawn: Counted
    rates: ErrorRates | None


@dataclass(frozen=True, kw_only=True)
class MeasureErrors(Request):
    """Say how many labels are wrong, by random samples that were reviewed."""

    kind: ClassVar[str] = "rates"
    command: ClassVar[str] = "rates"

    def run(self, project: Workspace, report: Report = silent) -> Measured:
        """Count."""
        return Measured(project.decisions.drawn, project.findings.error_rates())
