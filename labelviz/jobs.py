"""Long work in a child process, with progress that outlives a page refresh.

A job is a labelviz command. Its folder holds what was asked, how far it is, what it printed, and
how it ended, so that any page, and any later server, can show it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from labelviz.core.files import read_json, write_json
from labelviz.errors import JobRefused

PROGRESS_VARIABLE = "LABELVIZ_PROGRESS"
"""Environment variable that names the file a child process reports to."""
GIVING_WAY = ("nice", "-n", "5")

State = Literal["running", "done", "failed", "cancelled"]


@dataclass(frozen=True)
class Progress:
    """How far long work is. `rate` is units per second, `left` seconds to go; None if not known."""

    done: int
    total: int
    unit: str
    rate: float | None
    left: float | None


class Ticker:
    """A `core.progress.Report` that shows progress with its rate, at most ten times a second."""

    def __init__(self, show: Callable[[Progress], None]) -> None:
        self._show = show
        self._unit = ""
        self._began = self._shown = 0.0
        self._first = 0

    def __call__(self, done: int, total: int, unit: str) -> None:
        """Take a report; the last one of a total is always shown."""
        now = time.monotonic()
        if unit != self._unit:
            self._unit, self._began, self._shown, self._first = unit, now, 0.0, done
        if done < total and now - self._shown < 0.1:
            return
        self._shown = now
        elapsed = now - self._began
        rate = (done - self._first) / elapsed if elapsed > 0 and done > self._first else None
        self._show(Progress(done, total, unit, rate, (total - done) / rate if rate else None))


def progress_file() -> Callable[[Progress], None] | None:
    """What writes progress for the process that started this one as a job, if one did."""
    path = os.environ.get(PROGRESS_VARIABLE)
    return (lambda progress: write_json(Path(path), asdict(progress))) if path else None


@dataclass(frozen=True)
class Job:
    """One piece of long work, known by its folder."""

    folder: Path

    @property
    def name(self) -> str:
        """The job's id."""
        return self.folder.name

    @property
    def command(self) -> str:
        """The labelviz command, without the program's name."""
        return self.arguments[0]

    @property
    def arguments(self) -> tuple[str, ...]:
        """The command line after `labelviz`."""
        return tuple(map(str, read_json(self.folder / "job.json")["command"]))

    @property
    def state(self) -> State:
        """Where the job stands; a process that vanished without a word has failed."""
        if (self.folder / "cancelled").exists():
            return "cancelled"
        if (self.folder / "exit").exists():
            return "done" if (self.folder / "exit").read_text().strip() == "0" else "failed"
        return "running" if self._alive() else self._ended()

    @property
    def progress(self) -> Progress | None:
        """The latest report."""
        path = self.folder / "progress.json"
        return Progress(**read_json(path)) if path.exists() else None

    @property
    def output(self) -> str:
        """What the job printed so far."""
        path = self.folder / "output.txt"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def cancel(self) -> None:
        """Stop the job and everything it started. What it had finished stays."""
        if self.state == "running":
            (self.folder / "cancelled").touch()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(int(read_json(self.folder / "job.json")["pid"]), signal.SIGTERM)

    def wait(self, seconds: float) -> State:
        """Wait until the job ends, or for so many seconds."""
        deadline = time.monotonic() + seconds
        while self.state == "running" and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.state

    def _alive(self) -> bool:
        pid = int(read_json(self.folder / "job.json")["pid"])
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        try:
            os.kill(pid, 0)
        except (ProcessLookupError, PermissionError):  # gone, its id perhaps somebody else's
            return False
        return True

    def _ended(self) -> State:
        """The exit code may have been written between the two looks."""
        done = self.folder / "exit"
        return "done" if done.exists() and done.read_text().strip() == "0" else "failed"


def start(workspace: Path, command: Sequence[str], *, background: bool = False) -> Job:
    """Run a labelviz command as a job of a workspace; one at a time.

    Parameters
    ----------
    command : the command line after `labelviz`.
    background : whether it gives way to whatever else the machine has to do.

    Raises
    ------
    JobRefused : another job of this workspace is running.
    """
    with _alone(workspace / "jobs"):
        running = latest(workspace)
        if running is not None and running.state == "running":
            raise JobRefused(
                f"`labelviz {running.command}` is still running in this workspace.",
                remedy="Wait until it ends, or cancel it.",
            )
        return _start(workspace, command, GIVING_WAY if background else ())


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Whoever starts a job at the same moment waits, in whatever process."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _start(workspace: Path, command: Sequence[str], before: Sequence[str]) -> Job:
    folder = workspace / "jobs" / f"{time.time_ns():020d}-{uuid.uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    script = '"$@" >"$0/output.txt" 2>&1; echo $? >"$0/exit.part"; mv "$0/exit.part" "$0/exit"'
    program = [*before, sys.executable, "-m", "labelviz.cli"]
    process = subprocess.Popen(  # noqa: S603 - our own program, arguments as a list
        ["/bin/sh", "-c", script, str(folder), *program, *command],
        env={**os.environ, PROGRESS_VARIABLE: str(folder / "progress.json")},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    write_json(folder / "job.json", {"command": list(command), "pid": process.pid})
    return Job(folder)


def latest(workspace: Path) -> Job | None:
    """The job of a workspace that was started last."""
    folders = sorted((workspace / "jobs").glob("*/job.json"))
    return Job(folders[-1].parent) if folders else None
