"""Ask for targets: the policy that makes them, and a file of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from labelviz.core.asked import REQUIRED, asked
from labelviz.core.progress import Report, silent
from labelviz.errors import RequestRefused, TargetsRefused
from labelviz.requests.request import Request

if TYPE_CHECKING:
    from labelviz.core.distributions import Targets
    from labelviz.project.workspace import Workspace
    from labelviz.tables.export import Exported as Exported


@dataclass(frozen=True, kw_only=True)
class SetPolicy(Request):
    """Choose the policy that turns labels into training targets."""

    kind: ClassVar[str] = "targets"
    command: ClassVar[str] = "targets"

    policy: str = asked(REQUIRED, "hard, smooth:off=0.1, dynamic:max=0.2 or given.")
    pool: bool | None = asked(
        None, "Whether disputed samples get the mean of all answers; where not given, as before."
    )

    def __post_init__(self) -> None:
        from labelviz.core.policies import parse_policy

        super().__post_init__()
        try:
            parse_policy(self.policy)
        except TargetsRefused as error:
            raise RequestRefused(error.what, field="policy", remedy=error.remedy) from error

    def run(self, project: Workspace, report: Report = silent) -> Targets:
        """Set it; returns the targets."""
        return project.goals.set_policy(self.policy, self.pool)


@dataclass(frozen=True, kw_only=True)
class Export(Request):
    """Export every original column with its target, and manifest.json beside it."""

    kind: ClassVar[str] = "export"
    command: ClassVar[str] = "export"

    file: Path | None = asked(
        None, "A new CSV file; by default in the workspace's exports.", place=True
    )
    exact: bool = asked(
        False,
        "Write every text as it is, for programs. Otherwise one that a spreadsheet would run as a "
        "formula gets an apostrophe before it, which loading the file takes off again.",
    )

    def run(self, project: Workspace, report: Report = silent) -> Exported:
        """Write the file, and read it back."""
        return project.goals.export(self.file, exact=self.exact)
