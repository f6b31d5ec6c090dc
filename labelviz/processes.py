"""Processes: which one is which, beyond doubt, and the one lock between them.

A process id alone names nobody: after a restart, or in another container, it is somebody else's.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import platform
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Literal

from labelviz.errors import WorkspaceRefused

PROC = Path("/proc")
# What `torchrun` and `accelerate launch` tell each process that they start.
RANK, SIZE, LOCAL, ADDRESS = "RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR"
STORE = "LABELVIZ_STORE"  # the file by which processes of this machine find each other instead
Liveness = Literal["alive", "ended", "restarted", "elsewhere"]


def free_memory() -> int:
    """Bytes of memory that are available without swapping."""
    import psutil

    return int(psutil.virtual_memory().available)


def release_memory() -> None:
    """Give memory that was freed in pieces back to the system, where the C library can.

    Arrays of ever other sizes leave holes in what glibc keeps for the next ones.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


# Which one is which


@dataclass(frozen=True)
class Process:
    """One process, and no other one that ever has its id.

    Parameters
    ----------
    pid : its id, within `namespace`.
    started : when it started: on Linux in clock ticks since the boot, which no change of the clock
        moves; elsewhere in seconds since 1970. Empty where it had ended already.
    boot : the machine's boot, an id that the next one has not.
    namespace : of process ids, as a container has its own; empty where there are none.
    host : the machine's name, for people.
    """

    pid: int
    started: str
    boot: str
    namespace: str
    host: str

    def as_json(self) -> dict[str, Any]:
        """The process as JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Any) -> Process | None:
        """The process that was recorded; None where a record names none beyond doubt."""
        if not isinstance(value, dict):
            return None
        words = {name: value.get(name) for name in ("started", "boot", "namespace", "host")}
        pid = value.get("pid")
        whole = isinstance(pid, int) and all(isinstance(each, str) for each in words.values())
        return cls(pid, **words) if whole else None  # type: ignore[arg-type]

    @property
    def standing(self) -> Liveness:
        """What has become of it, as far as this process can tell.

        `restarted`: it ended, because its machine was. `elsewhere`: it was started on another
        machine or in another container, so that nobody can tell from here.
        """
        here = this_process()
        if self.boot != here.boot:
            return "restarted" if self.host == here.host else "elsewhere"
        if self.namespace != here.namespace:
            return "elsewhere"
        started, runs = _look(self.pid)
        return "alive" if runs and started == self.started else "ended"

    def stop(self) -> bool:
        """Ask it to end (SIGTERM); whether it was there to be asked. Nobody else is ever asked."""
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return False
        except (AttributeError, OSError):  # a system without handles of processes
            return self.standing == "alive" and _sent(lambda: os.kill(self.pid, signal.SIGTERM))
        try:  # the handle is of whoever had the id when it was made, and stays so
            return self.standing == "alive" and _sent(
                lambda: signal.pidfd_send_signal(handle, signal.SIGTERM)
            )
        finally:
            os.close(handle)


def this_process() -> Process:
    """The process that runs this."""
    return process(os.getpid())


def process(pid: int) -> Process:
    """The process that has an id here and now."""
    return Process(pid, _look(pid)[0], _boot(), _namespace(), platform.node())


def _look(pid: int) -> tuple[str, bool]:
    """When the process with an id started, and whether it runs; one that is gone has no start."""
    if PROC.is_dir():
        try:
            state, *fields = (PROC / f"{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return "", False
        return fields[18], state not in "ZXx"  # proc(5), fields 3 and 22
    import psutil

    try:
        found = psutil.Process(pid)
        return repr(found.create_time()), found.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return "", False


@cache
def _boot() -> str:
    """An id of the machine's boot; empty where the system has none."""
    with suppress(OSError):
        return (PROC / "sys/kernel/random/boot_id").read_text().strip()
    with suppress(OSError, subprocess.SubprocessError):
        asked = ["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"]
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    return ""


def _namespace() -> str:
    with suppress(OSError):
        return os.readlink(PROC / "self/ns/pid")
    return ""


def _sent(send: Callable[[], None]) -> bool:
    try:
        send()
    except ProcessLookupError:
        return False
    return True


# Those that were started to do one thing together


def started_together() -> bool:
    """Whether this process was started as one of several that train one model."""
    told = os.environ.get(STORE) or os.environ.get(ADDRESS)
    return bool(told and os.environ.get(RANK)) and int(os.environ.get(SIZE) or 1) > 1


def speaks() -> bool:
    """Whether this process speaks for all that were started together with it, if any were."""
    return not started_together() or os.environ[RANK] == "0"


# One lock between them


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[BinaryIO]:
    """Hold the lock that a file stands for; the file, open to be read and appended to.

    It keeps out every other thread and process that asks for it, and ends with its holder, however
    that ends. Whoever holds it must not ask for it again.

    Parameters
    ----------
    path : made where it is not; it stays, because a lock on a file that is removed keeps nobody
        out.
    wait : until it is free.

    Raises
    ------
    BlockingIOError : somebody has it, and nobody is to wait. OSError : the folder takes no file.
    """
    file = take(path, wait=wait)
    try:
        yield file
    finally:
        let_go(file)


@contextmanager
def changing(path: Path) -> Iterator[None]:
    """Nobody else reads, changes and writes a file meanwhile; it is to be read inside.

    Raises
    ------
    WorkspaceRefused : its folder takes no lock.
    """
    with ExitStack() as held:
        try:
            held.enter_context(locked(path.with_name(f".{path.name}.lock")))
        except OSError as error:
            raise WorkspaceRefused(
                f"{path.name} cannot be changed: {error.strerror or error}.",
                where=str(path),
                safe="It is as it was.",
                remedy="Check the folder and the disk.",
            ) from error
        yield


def take(path: Path, *, wait: bool) -> BinaryIO:
    """Take the lock that `locked` holds, for longer than a block of code.

    Raises
    ------
    BlockingIOError : somebody has it, and nobody is to wait. OSError : the folder takes no file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = open(path, "a+b")  # noqa: SIM115 - held as long as the lock
    try:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        file.close()
        raise
    return file


def let_go(file: BinaryIO) -> None:
    """Give back a lock that was taken, that of a forked child included."""
    with file:
        file.flush()
        fcntl.flock(file, fcntl.LOCK_UN)
