"""Refit: the flags learn from the reviews in a job."""

from __future__ import annotations

import time

from labelviz import jobs
from labelviz.core.suspicion import Suspicion
from labelviz.errors import JobRefused
from labelviz.project.workspace import Workspace
from labelviz.requests import Flag

REST_SECONDS = 0.5  # before a job starts, so that the key press is answered first
LOOK_SECONDS = 0.1  # between two looks at it


def request(workspace: Workspace) -> Flag:
    """How to flag anew as it was done before, with the same detectors and the same line.

    Functions that a program passed are not known here; what they said counts on.
    """
    before, known = workspace.suspicion, workspace.findings.detectors
    if before is None:
        return Flag()
    there = {*known, *before.scores}
    kept = tuple(name for name in before.chosen if name in there)
    return Flag(detectors=kept, line=before.line)


def flag_anew(workspace: Workspace) -> bool:
    """Flag anew as a job, and wait for it; False where that has to wait for something else.

    Flags that were never made, or with other probabilities than those in use, wait for a person.
    """
    time.sleep(REST_SECONDS)
    before = workspace.suspicion
    if before is None or before.probabilities != workspace.opinions.current:
        return False
    try:
        job = jobs.start(workspace.path, request(workspace), background=True)
    except JobRefused:
        return False
    while job.state == "running":
        time.sleep(LOOK_SECONDS)
    _make_ready(workspace.suspicion)
    return True


def _make_ready(flags: Suspicion | None) -> None:
    """Read what a queue asks of flags, here and not at somebody's next key."""
    if flags is not None:
        _ = flags.fingerprint, flags.worst_first()
