"""Refit: the flags learn from the reviews by themselves, in a job, while people go on."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import streamlit as st

from labelviz import jobs
from labelviz.errors import JobRefused, LabelvizError
from labelviz.requests import Flag
from labelviz.workspace import Workspace

EVERY = 25
"""New verdicts after which the flags learn from them."""
LOOK_SECONDS = 0.5
"""Between two looks at a job; and before it starts, so that the key press is answered first."""


class Refit:
    """Has the verdicts on one workspace learned from when enough of them are new.

    Counted is what stands: a verdict that is taken back is none, and one that flags were learned
    from and that is taken back since is as new to them as another.

    Safe to share between threads. Whoever asks waits for nothing. One refit runs at a time, and the
    next one is due that many verdicts after it ended, however it did.
    """

    def __init__(self) -> None:
        self.failure = ""
        """Why the latest one could not be started, for a person."""
        self._passed = 0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def look(self, workspace: Workspace) -> None:
        """Where enough verdicts are new to the flags, and no refit runs, start one."""
        with self._lock:
            new = workspace.new_verdicts
            self._passed = min(self._passed, new)
            if new - self._passed < EVERY or self._thread is not None:
                return
            self._thread = threading.Thread(target=self._run, args=(workspace,), daemon=True)
            self._thread.start()

    def _run(self, workspace: Workspace) -> None:
        tried, self.failure = True, ""
        try:
            tried = _refit(workspace)
        except (LabelvizError, OSError) as error:
            self.failure = str(error)
        finally:
            passed = workspace.new_verdicts if tried else 0
            with self._lock:
                self._thread = None
                self._passed = passed


def decided(workspace: Workspace) -> None:
    """Look whether enough verdicts are new, after a decision or an undo; this waits for nothing."""
    _of(workspace.path, workspace).look(workspace)


def request(workspace: Workspace) -> Flag:
    """How to flag anew as it was done before: with the detectors that were asked for then."""
    before = workspace.suspicion
    return Flag(detectors=() if before is None else tuple(before.chosen))


def failure(workspace: Workspace) -> str:
    """Why the latest refit of a workspace could not be started; empty where it could."""
    return _of(workspace.path, workspace).failure


def _refit(workspace: Workspace) -> bool:
    """Flag anew as a job, and wait for it; False where that has to wait for something else.

    Flags that were never made, or with other probabilities than those in use, wait for a person.
    """
    time.sleep(LOOK_SECONDS)
    before = workspace.suspicion
    if before is None or before.probabilities != workspace.current_probabilities:
        return False
    try:
        job = jobs.start(workspace.path, request(workspace), background=True)
    except JobRefused:
        return False
    while job.state == "running":
        time.sleep(LOOK_SECONDS)
    after = workspace.suspicion
    _ = None if after is None else after.fingerprint  # read here, not at somebody's next key
    return True


@st.cache_resource(max_entries=16)
def _of(path: Path, _workspace: Workspace) -> Refit:  # noqa: ARG001 - the key
    """One per workspace for all visitors."""
    return Refit()
