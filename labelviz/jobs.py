"""Long work in a child process, with progress that outlives a page refresh.

A job is a request. Its folder holds what was asked, how far it is, what it printed, and how it
ended, so that any page, and any later server, can show it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from labelviz.core.files import read_json, write_json
from labelviz.core.log import happened
from labelviz.errors import JobRefused, WorkspaceRefused
from labelviz.processes import Process, locked, process

# Environment variable that names the file a child process reports to.
PROGRESS_VARIABLE = "LABELVIZ_PROGRESS"
GIVING_WAY = ("nice", "-n", "5")
# Runs a command once it is told that its process was recorded, and keeps its exit code. Asked to
# end, it kills its whole process group: of that it knows the id, as a member. A gentler signal is
# lost on a process that was just forked and has not begun its program yet.
SCRIPT = """trap 'kill -KILL 0' TERM
read -r go && [ "$go" = go ] || exit 1
"$@" </dev/null >"$0/output.txt" 2>&1 & wait $!
echo $? >"$0/exit.part"; mv "$0/exit.part" "$0/exit"
"""
RESTARTED = "The machine was restarted while this ran."
SAID_ENDED = "It was started on another machine, and somebody said that it has ended."
COPIED = "This workspace is a copy; the original knows what became of it."
VANISHED = "Its process ended without a word: it was killed, or its server was."

CANCELLED, GIVEN_UP = "cancelled", "given-up"
SECONDS_TO_END = 5.0  # so long a job that was cancelled is waited for

JobState = Literal["running", "done", "failed", "cancelled"]


@dataclass(frozen=True)
class Progress:
    """How far long work is. `rate` is units per second, `left` seconds to go; None if not known."""

    done: int
    total: int
    unit: str
    rate: float | None
    left: float | None


class Ticker:
    """A `core.progress.Report` that shows progress with its rate, at most ten times a second.

    What is done between counts against the rate of what goes on after it, as in time it does.
    """

    def __init__(self, show: Callable[[Progress], None]) -> None:
        self._show = show
        self._unit = ""
        self._shown = 0.0
        self._began: dict[str, tuple[float, int]] = {}  # by unit, when it was first told, and what
        self._last: dict[str, int] = {}

    def __call__(self, done: int, total: int, unit: str) -> None:
        """Take a report; the last one of a total is always shown."""
        now = time.monotonic()
        if unit not in self._began or done < self._last[unit]:
            self._began[unit] = (now, done)
        if unit != self._unit:
            self._unit, self._shown = unit, 0.0
        self._last[unit] = done
        if done < total and now - self._shown < 0.1:
            return
        self._shown = now
        began, first = self._began[unit]
        elapsed = now - began
        rate = (done - first) / elapsed if elapsed > 0 and done > first else None
        self._show(Progress(done, total, unit, rate, (total - done) / rate if rate else None))


def progress_file() -> Callable[[Progress], None] | None:
    """What writes progress for the process that started this one as a job, if one did."""
    path = os.environ.get(PROGRESS_VARIABLE)
    return (lambda progress: write_json(Path(path), asdict(progress))) if path else None


class Work(Protocol):
    """What a job is asked to do."""

    @property
    def command(self) -> str:
        """The words of the command line that ask for it, after `labelviz`."""
        ...

    def as_json(self) -> dict[str, Any]:
        """All of it, as values of JSON."""
        ...


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
        """The words of the command line that ask for it, after `labelviz`."""
        said = self._record.get("command", "")
        return said if isinstance(said, str) else str(said[0])

    @property
    def asked(self) -> Mapping[str, Any]:
        """The request as values of JSON; empty where a job of old noted a command line alone."""
        return dict(self._record.get("request", {}))

    @property
    def state(self) -> JobState:
        """Where the job stands; a process that vanished without a word has failed.

        One that cannot be looked at from here counts as running, until somebody gives it up.
        """
        code = self._exit_code()
        if code is None and (self.folder / GIVEN_UP).exists():
            return "failed"
        if code is None and not (self.folder / CANCELLED).exists() and self._may_run():
            return "running"
        code = self._exit_code()  # it may have been written between the two looks
        if code == "0":
            return "done"
        return "cancelled" if (self.folder / CANCELLED).exists() else "failed"

    @property
    def elsewhere(self) -> str:
        """The machine or container it was started on, where it cannot be looked at from here."""
        known = self._process()
        return known.host if known is not None and known.standing == "elsewhere" else ""

    @property
    def lost(self) -> str:
        """How a job failed that left no exit code, in a sentence; empty where it left one."""
        if self._exit_code() is not None or self.state != "failed":
            return ""
        if (self.folder / GIVEN_UP).exists():
            return SAID_ENDED
        if not self._is_here():
            return COPIED
        known = self._process()
        return RESTARTED if known is not None and known.standing == "restarted" else VANISHED

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
        """Stop the job and everything it started, and return when nothing of it runs any more.

        What it had finished stays.

        Raises
        ------
        JobRefused : it was started elsewhere, so that nobody can stop it from here.
        """
        known = self._process()
        if self.state != "running" or known is None:
            return
        if known.standing == "elsewhere":
            raise JobRefused(
                f"`labelviz {self.command}` was started on {known.host}, and cannot be stopped "
                "from here.",
                where=str(self.folder),
                safe="Nothing was stopped.",
                remedy="Cancel it there. If it has ended, say so.",
            )
        (self.folder / CANCELLED).touch()
        known.stop()
        deadline = time.monotonic() + SECONDS_TO_END
        while known.standing == "alive" and time.monotonic() < deadline:
            time.sleep(0.01)

    def give_up(self) -> None:
        """Count a job that was started elsewhere as ended, because a person says that it did."""
        if self.elsewhere:
            (self.folder / GIVEN_UP).touch()

    def wait(self, seconds: float) -> JobState:
        """Wait until the job ends, or for so many seconds."""
        deadline = time.monotonic() + seconds
        while self.state == "running" and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.state

    @property
    def _record(self) -> Mapping[str, Any]:
        """What was noted when it was started; nothing where that is damaged."""
        with suppress(WorkspaceRefused):
            noted = read_json(self.folder / "job.json")
            return noted if isinstance(noted, dict) else {}
        return {}

    def _exit_code(self) -> str | None:
        path = self.folder / "exit"
        return path.read_text().strip() if path.exists() else None

    def _process(self) -> Process | None:
        """What runs it; None where no record says so beyond doubt, as those of old did not.

        None in a copy of the workspace too, since the job works on the original.
        """
        known = self._record.get("process")
        return Process.from_json(known) if self._is_here() else None

    def _is_here(self) -> bool:
        """Whether this is the very folder the job was started in, or nobody noted which."""
        here = self.folder.stat().st_ino
        return bool(self._record.get("folder", here) == here)

    def _may_run(self) -> bool:
        known = self._process()
        return known is not None and known.standing in ("alive", "elsewhere")


def start(workspace: Path, request: Work, *, background: bool = False) -> Job:
    """Have a request done as a job of a workspace; one at a time.

    Parameters
    ----------
    background : whether it gives way to whatever else the machine has to do.

    Raises
    ------
    JobRefused : another job of this workspace is running, or the folder cannot be written.
    """
    try:
        with locked(workspace / "jobs/lock"):
            running = latest(workspace)
            if running is not None and running.state == "running":
                raise _still_running(running)
            return _start(workspace, request, GIVING_WAY if background else ())
    except OSError as error:
        raise JobRefused(
            f"`labelviz {request.command}` cannot be started: {error.strerror or error}.",
            where=str(workspace / "jobs"),
            safe="Nothing was started.",
            remedy="Check the folder and the disk.",
        ) from error


def _still_running(job: Job) -> JobRefused:
    if job.elsewhere:
        return JobRefused(
            f"`labelviz {job.command}` was started in this workspace on {job.elsewhere}, and from "
            "here nobody can tell whether it still runs.",
            safe="Nothing was started.",
            remedy="Wait until it ends, or cancel it there. If it has ended, say so on the page "
            "that shows it.",
        )
    return JobRefused(
        f"`labelviz {job.command}` is still running in this workspace.",
        safe="Nothing was started.",
        remedy="Wait until it ends, or cancel it.",
    )


def _start(workspace: Path, request: Work, before: Sequence[str]) -> Job:
    folder = workspace / "jobs" / f"{time.time_ns():020d}-{uuid.uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    program = [*before, sys.executable, "-m", "labelviz.cli", "job", str(folder)]
    child = subprocess.Popen(  # noqa: S603 - our own program, arguments as a list
        ["/bin/sh", "-c", SCRIPT, str(folder), *program],
        env={**os.environ, PROGRESS_VARIABLE: str(folder / "progress.json")},
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    record = {
        "command": request.command,
        "request": request.as_json(),
        "process": process(child.pid).as_json(),
        "folder": folder.stat().st_ino,
    }
    assert child.stdin is not None  # noqa: S101 - a pipe; closed in silence it starts nothing
    with suppress(BrokenPipeError), child.stdin:
        write_json(folder / "job.json", record)
        child.stdin.write(b"go\n")
    happened("job started", command=request.command, job=folder.name)
    return Job(folder)


def latest(workspace: Path) -> Job | None:
    """The job of a workspace that was started last."""
    folders = sorted((workspace / "jobs").glob("*/job.json"))
    return Job(folders[-1].parent) if folders else None
