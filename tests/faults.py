"""Faults at the named points of the store and of files: a kill, a full disk, a delay.

`LABELVIZ_FAULT="committed=kill:3"` kills the process the third time it reaches `committed`;
`=full` is a full disk, `=wait` a second of delay. Only where `install` was called.
"""

from __future__ import annotations

import errno
import os
import signal
import time

from labelviz.core import points

VARIABLE = "LABELVIZ_FAULT"
# What a script in a process of its own begins with.
INSTALLED = "from tests import faults; faults.install()\n"


def install() -> None:
    """Let this process suffer what the variable says, from now on."""
    points.reach = suffer


def suffer(point: str) -> None:
    """Suffer the fault that is set for this point, if any."""
    name, _, fault = os.environ.get(VARIABLE, "").partition("=")
    if name != point:
        return
    kind, _, turn = fault.partition(":")
    left = int(turn or 1) - 1
    if left > 0:
        os.environ[VARIABLE] = f"{name}={kind}:{left}"
    elif kind == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif kind == "full":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    elif kind == "wait":
        time.sleep(1)
