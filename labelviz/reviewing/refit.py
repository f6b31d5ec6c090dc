"""Refit: when the flags learn from the reviews by themselves, while people go on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from labelviz.errors import LabelvizError

if TYPE_CHECKING:
    from labelviz.project.workspace import Workspace

VERDICTS_PER_REFIT = 25  # new verdicts after which the flags learn from them


class Refit:
    """Has the verdicts on one workspace learned from when enough of them are new.

    Counted is what stands: a verdict that is taken back is none, and one that flags were learned
    from and that is taken back since is as new to them as another.

    Safe to share between threads. Whoever asks waits for nothing. One refit runs at a time, and the
    next one is due that many verdicts after it ended, however it did.

    Parameters
    ----------
    flag : flags a workspace anew and returns when that ended; False where it has to wait for
        something else, and stays due.
    """

    def __init__(self, flag: Callable[[Workspace], bool]) -> None:
        self.failure = ""
        """Why the latest one could not be started, for a person."""
        self._flag = flag
        self._passed = 0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def look(self, workspace: Workspace) -> None:
        """Where enough verdicts are new to the flags, and no refit runs, start one."""
        with self._lock:
            new = workspace.findings.new_verdicts
            self._passed = min(self._passed, new)
            if new - self._passed < VERDICTS_PER_REFIT or self._thread is not None:
                return
            self._thread = threading.Thread(target=self._run, args=(workspace,), daemon=True)
            self._thread.start()

    @property
    def idle(self) -> bool:
        """Whether none runs."""
        return self._thread is None

    def _run(self, workspace: Workspace) -> None:
        self.failure, passed = "", 0
        try:
            passed = self._tried(workspace)
        except LabelvizError as error:  # the workspace went meanwhile
            self.failure = str(error)
        finally:
            with self._lock:
                self._thread = None
                self._passed = passed

    def _tried(self, workspace: Workspace) -> int:
        """Flag; returns how many new verdicts are done with, none where it has to wait."""
        tried = True
        try:
            tried = self._flag(workspace)
        except (LabelvizError, OSError) as error:
            self.failure = str(error)
        return workspace.findings.new_verdicts if tried else 0
