"""Refit: the flags learn from the reviews by themselves, in a job, while people go on."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from pathlib import Path

import streamlit as st

from labelviz import jobs
from labelviz.core.decisions import Decision, Verdict
from labelviz.errors import JobRefused, LabelvizError
from labelviz.workspace import Workspace

EVERY = 25
"""New verdicts after which the flags learn from them."""
SETTLING: frozenset[Verdict] = frozenset({"keep", "accept", "choose", "soften"})
LOOK_SECONDS = 0.5
"""Between two looks at a job; and before it starts, so that the key press is answered first."""


class Refit:
    """Counts the verdicts on one workspace, and has them learned from when they are enough.

    Safe to share between threads. Whoever counts a verdict waits for nothing. One refit runs at a
    time, and the next one is due that many verdicts after it ended, however it did.

    Parameters
    ----------
    new : verdicts that the flags do not know of.
    """

    def __init__(self, new: int = 0) -> None:
        self.failure = ""
        """Why the latest one could not be started, for a person."""
        self._new = new
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def count(self, workspace: Workspace, new: int) -> None:
        """Count new verdicts; where they are enough and no refit runs, start one."""
        with self._lock:
            self._new += new
            if self._new < EVERY or self._thread is not None:
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
            with self._lock:
                self._thread = None
                self._new = 0 if tried else self._new


def decided(workspace: Workspace, decisions: Iterable[Decision]) -> None:
    """Count what was just decided on a workspace; this waits for nothing."""
    settled = sum(each.verdict in SETTLING for each in decisions)
    if settled:
        _of(workspace.path, workspace, settled).count(workspace, settled)


def command(workspace: Workspace) -> list[str]:
    """How to flag anew as it was done before: with the detectors that were asked for then."""
    before = workspace.suspicion
    chosen = () if before is None else before.chosen
    return ["flag", str(workspace.path), *(f"--detector={name}" for name in chosen)]


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
        job = jobs.start(workspace.path, command(workspace), background=True)
    except JobRefused:
        return False
    while job.state == "running":
        time.sleep(LOOK_SECONDS)
    after = workspace.suspicion
    _ = None if after is None else after.fingerprint  # read here, not at somebody's next key
    return True


@st.cache_resource(max_entries=16)
def _of(path: Path, _workspace: Workspace, _uncounted: int = 0) -> Refit:  # noqa: ARG001 - the key
    """One per workspace for all visitors; some of its verdicts are yet to be counted."""
    return Refit(max(_workspace.new_verdicts - _uncounted, 0))
