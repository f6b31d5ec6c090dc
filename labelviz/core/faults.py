"""Named points where something becomes durable, which a test can turn into a fault.

`LABELVIZ_FAULT="committed=kill:3"` kills the process the third time it reaches `committed`;
`=full` is a full disk, `=wait` a second of delay. Without the variable a point does nothing.
"""

from __future__ import annotations

import errno
import os
import signal
import time

VARIABLE = "LABELVIZ_FAULT"


def reach(point: str) -> None:
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
