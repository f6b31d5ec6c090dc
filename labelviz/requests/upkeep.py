"""Ask for a workspace, or one of its runs, to be renamed, duplicated or deleted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, ClassVar

from labelviz.core.asked import REQUIRED, asked
from labelviz.core.progress import Report, silent
from labelviz.errors import RequestRefused
from labelviz.requests.request import Request

if TYPE_CHECKING:
    from labelviz.project.workspace import Workspace

ONE_RUN = "This run of it, in place of the workspace."
RUN_WOULD_GO = "The run {name} with its model would be deleted, and nothing brings it back."
WOULD_GO = (
    "{name} with {samples:,} samples, {decisions:,} decisions, {runs:,} runs and {exports:,} "
    "exports would be deleted, and nothing brings it back."
)
WOULD_GO_BUT_DECISIONS = (
    "{name} with {samples:,} samples, {runs:,} runs and {exports:,} exports would be deleted, and "
    "nothing brings it back. Its {decisions:,} decisions lie in a database elsewhere, and stay."
)


@dataclass(frozen=True, kw_only=True)
class Rename(Request):
    """Give a workspace, or one of its runs, another name."""

    kind: ClassVar[str] = "rename"
    command: ClassVar[str] = "rename"

    name: str = asked(REQUIRED, "The new name.", place=True)
    run_name: str = asked("", ONE_RUN, option="run", metavar="RUN")

    def run(self, project: Workspace, report: Report = silent) -> str:
        """Rename it; returns what it is called now."""
        from labelviz.project.upkeep import rename, rename_run

        if self.run_name:
            rename_run(project, self.run_name, self.name)
        else:
            rename(project, self.name)
        return self.name


@dataclass(frozen=True, kw_only=True)
class Duplicate(Request):
    """Copy a workspace with its decisions, or one of its runs, under another name."""

    kind: ClassVar[str] = "duplicate"
    command: ClassVar[str] = "duplicate"

    name: str = asked(REQUIRED, "The name of the copy.", place=True)
    run_name: str = asked("", ONE_RUN, option="run", metavar="RUN")

    def run(self, project: Workspace, report: Report = silent) -> str:
        """Copy it; returns what the copy is called."""
        from labelviz.project.upkeep import duplicate, duplicate_run

        if self.run_name:
            duplicate_run(project, self.run_name, self.name)
        else:
            duplicate(project, self.name)
            project.decisions.store.close()
        return self.name


@dataclass(frozen=True, kw_only=True)
class Delete(Request):
    """Delete a workspace with everything in it, or one of its runs, for good."""

    kind: ClassVar[str] = "delete"
    command: ClassVar[str] = "delete"

    run_name: str = asked("", ONE_RUN, option="run", metavar="RUN")
    confirm: str = asked("", "Its name once more: nothing brings it back.", metavar="NAME")

    def run(self, project: Workspace, report: Report = silent) -> str:
        """Delete it; returns what it was called.

        Raises
        ------
        RequestRefused : it was not confirmed; says what would go.
        """
        from labelviz.project.upkeep import belongings, delete, delete_run

        name = self.run_name or project.name
        if self.confirm != name:
            what = RUN_WOULD_GO.format(name=name)
            if not self.run_name:
                there = belongings(project)
                words = WOULD_GO_BUT_DECISIONS if there.elsewhere else WOULD_GO
                what = words.format_map(asdict(there))
            raise RequestRefused(
                what,
                field="confirm",
                remedy=f"Where that is meant, add --confirm {name}.",
            )
        if self.run_name:
            delete_run(project, self.run_name)
        else:
            delete(project)
        return name
