"""Request: one thing that can be asked of a project, as a value that says all of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from labelviz.core.asked import check, flat
from labelviz.core.progress import Report, silent
from labelviz.errors import RequestRefused

if TYPE_CHECKING:
    from labelviz.project.workspace import Workspace


# What stands on the command line for a model: a folder, or an id of the hub.
MODEL_GIVEN_AS = "DIR_OR_HUB_ID"


@dataclass(frozen=True, kw_only=True)
class Request(ABC):
    """One thing that can be asked; valid if it exists.

    The command line, a form of the page, a job and Python build the same value. The first line of
    its docstring says on the command line what it does.

    Raises
    ------
    RequestRefused : a field is missing or out of range; names it.
    """

    kind: ClassVar[str]
    """Its name in a job."""
    command: ClassVar[str]
    """The words of the command line after `labelviz`; several kinds may share them."""
    chosen_by: ClassVar[tuple[str, ...]] = ()
    """Options that have to be there for the command line to mean this kind and not another."""
    flags: ClassVar[dict[str, str]] = {}
    """Of these, the ones that are no field of it, with their help."""

    def __post_init__(self) -> None:
        check(self)

    @abstractmethod
    def run(self, project: Workspace, report: Report = silent) -> Any:
        """Do it, and return what came of it."""

    def share_in(self) -> None:
        """Do a share of it, with another process that has the project open.

        Raises
        ------
        RequestRefused : it is done by one process alone.
        """
        raise RequestRefused(
            f"`labelviz {self.command}` is not done by several processes together.",
            safe="Nothing was begun.",
            remedy="Start it without torchrun or accelerate launch.",
        )

    def warnings(self, project: Workspace) -> list[str]:
        """What is worth knowing before it is done, a line each."""
        return []

    @contextmanager
    def opened(self, folder: Path) -> Iterator[Workspace]:
        """The project in a folder, to run this on.

        Raises
        ------
        WorkspaceRefused : there is none.
        """
        from labelviz.project.workspace import Workspace

        yield Workspace(folder)

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON values, defaults included, so that a later default changes nothing."""
        return {"kind": self.kind, "fields": flat(self)}
