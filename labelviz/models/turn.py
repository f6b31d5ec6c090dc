"""Turns: one training at a time on a graphics processor, whichever workspace it belongs to."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from labelviz.core.progress import AHEAD, Report
from labelviz.processes import locked


@contextmanager
def turn(report: Report) -> Iterator[None]:
    """Hold the GPU that this process trains on for one training; another waits until it ended.

    Two that share its memory would each be cut into ever smaller parts, or end without memory. It
    ends with its holder, however that ends. Without a GPU nobody waits.

    Parameters
    ----------
    report : called as (0, 1, "trainings ...") where one has to wait.
    """
    gpu = gpu_in_use()
    with ExitStack() as held:
        if gpu:
            file = Path(tempfile.gettempdir()) / f"labelviz-{os.getuid()}-{gpu}.lock"
            try:
                held.enter_context(locked(file, wait=False))
            except BlockingIOError:
                report(0, 1, AHEAD)
                held.enter_context(locked(file))
        yield


def gpu_in_use() -> str:
    """What tells this process's GPU from the others of the machine; empty where there is none."""
    import torch

    if not torch.cuda.is_available():
        return ""
    return str(torch.cuda.get_device_properties(torch.cuda.current_device()).uuid)
