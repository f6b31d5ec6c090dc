"""Which process is which, and what keeps two of them apart."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from labelviz import processes
from labelviz.core.files import read_json, write_json
from labelviz.errors import WorkspaceRefused
from labelviz.processes import Process, changing, locked, process, this_process
from tests.conftest import ENOUGH, assert_message


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    running = subprocess.Popen(["sleep", "600"])
    yield running
    running.kill()
    running.wait()


@pytest.fixture(params=["as Linux tells", "as psutil tells"])
def told(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Both ways to ask a system about a process."""
    if request.param == "as psutil tells":
        monkeypatch.setattr(processes, "PROC", tmp_path / "no proc")


@pytest.mark.usefixtures("told")
def test_a_process_is_alive_until_it_ends_even_where_nobody_waited_for_it(
    stranger: subprocess.Popen[bytes],
):
    found = process(stranger.pid)
    assert found.standing == "alive"
    assert Process.from_json(found.as_json()) == found
    assert found.stop()
    os.waitid(os.P_PID, stranger.pid, os.WEXITED | os.WNOWAIT)
    assert found.standing == "ended"  # its id is still taken, by nobody
    stranger.wait()
    assert found.standing == "ended"
    assert not found.stop()
    assert process(stranger.pid).started == ""
    assert process(stranger.pid).standing == "ended"


@pytest.mark.bad_input("H19")
@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(
    ("change", "standing"),
    [
        ({"started": "1"}, "ended"),
        ({"started": ""}, "ended"),
        ({"boot": "b"}, "restarted"),
        ({"boot": "b", "host": "far"}, "elsewhere"),
        ({"namespace": "pid:[1]"}, "elsewhere"),
        ({"host": "a new name"}, "alive"),
    ],
)
def test_whoever_else_has_its_id_is_told_from_it_and_never_asked_to_end(
    stranger: subprocess.Popen[bytes], change: dict[str, str], standing: str
):
    found = replace(process(stranger.pid), **change)
    assert found.standing == standing
    assert found.stop() == (standing == "alive")
    if standing != "alive":
        assert stranger.poll() is None


@pytest.mark.skipif(
    not hasattr(os, "pidfd_open"), reason="the next test is about systems without handles"
)
def test_who_takes_over_an_id_between_the_look_and_the_signal_gets_no_signal(
    stranger: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
):
    """The handle was made for whoever had the id then: what ended since cannot be signalled."""
    found = process(stranger.pid)

    def sent(pid: int, _: int) -> None:
        raise AssertionError(f"a signal by the mere id {pid}")

    def look(_: Process) -> str:
        stranger.kill()
        stranger.wait()
        monkeypatch.setattr(os, "kill", sent)
        return "alive"

    monkeypatch.setattr(Process, "standing", property(look))
    assert not found.stop()


def test_a_system_without_handles_is_asked_by_id_after_a_look(
    stranger: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    found = process(stranger.pid)
    assert not replace(found, started="1").stop()
    assert stranger.poll() is None
    assert found.stop()
    assert stranger.wait(ENOUGH) != 0
    assert not found.stop()


@pytest.mark.parametrize(
    "record", [None, 7, [], {}, {"pid": 1}, {"pid": "1", "started": "", "boot": ""}]
)
def test_a_record_that_names_nobody_beyond_doubt_names_nobody(record: object):
    assert Process.from_json(record) is None


@pytest.mark.skipif(not processes.PROC.is_dir(), reason="this system counts no ticks")
def test_the_start_of_a_process_is_the_one_the_system_says():
    ticks = os.sysconf("SC_CLK_TCK")
    import psutil

    mine = this_process()
    since_boot = psutil.Process().create_time() - psutil.boot_time()
    assert int(mine.started) / ticks == pytest.approx(since_boot, abs=1.1)


# The lock


def is_free(lock: Path) -> bool:
    try:
        with locked(lock, wait=False):
            return True
    except BlockingIOError:
        return False


def test_one_thread_holds_a_lock_at_a_time(tmp_path: Path):
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        for _ in range(50):
            with locked(tmp_path / "a/lock"):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (max(most), len(most)) == (1, 400)


def test_who_does_not_wait_is_told_that_somebody_has_it(tmp_path: Path):
    with locked(tmp_path / "lock"):
        with pytest.raises(BlockingIOError), locked(tmp_path / "lock", wait=False):
            pass
        assert not is_free(tmp_path / "lock")
        assert is_free(tmp_path / "other")
    with locked(tmp_path / "lock", wait=False) as file:
        file.write(b"kept")
    assert (tmp_path / "lock").read_bytes() == b"kept"


def test_a_forked_child_does_not_keep_a_lock_that_was_given_back(tmp_path: Path):
    reading, writing = os.pipe()
    with locked(tmp_path / "lock"):
        child = os.fork()
        if child == 0:
            os.read(reading, 1)
            os._exit(0)
    assert is_free(tmp_path / "lock")
    os.write(writing, b"x")
    assert os.waitpid(child, 0) == (child, 0)  # it was there until now


CHANGE = """
import sys
from pathlib import Path
from labelviz.core.files import read_json, write_json
from labelviz.processes import changing

path, name = Path(sys.argv[1]), sys.argv[2]
begin()
for number in range(30):
    with changing(path):
        write_json(path, {**read_json(path), f"{name}-{number}": number})
"""


@pytest.mark.bad_input("H10")
def test_many_processes_that_change_one_file_at_once_lose_nothing(
    tmp_path: Path, at_once: Callable[..., None]
):
    path = tmp_path / "file.json"
    write_json(path, {})
    at_once(CHANGE, [(str(path), f"p{n}") for n in range(6)])
    assert read_json(path) == {f"p{n}-{number}": number for n in range(6) for number in range(30)}


def test_a_folder_that_takes_no_lock_says_so(tmp_path: Path):
    nowhere = tmp_path / "file"
    nowhere.write_text("not a folder")
    with pytest.raises(WorkspaceRefused) as refused, changing(nowhere / "state.json"):
        pass
    assert_message(
        refused.value, "state.json cannot be changed", str(nowhere), "as it was", "the disk"
    )


def test_a_lock_ends_with_its_holder(tmp_path: Path):
    script = (
        "import os, sys; from pathlib import Path; from labelviz.processes import take; "
        "held = take(Path(sys.argv[1]), wait=False); os.kill(os.getpid(), 9)"
    )
    ended = subprocess.run([sys.executable, "-c", script, str(tmp_path / "lock")])
    assert ended.returncode == -signal.SIGKILL
    assert is_free(tmp_path / "lock")


def test_free_memory_is_some_of_what_there_is():
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert 0 < processes.free_memory() < total


def test_freed_memory_goes_back_to_the_system():
    """Small pieces that are freed, but for the last, which keeps what lies below it."""
    code = (
        "import os, sys\n"
        "from labelviz.processes import release_memory\n"
        "pages = lambda: int(open('/proc/self/statm').read().split()[1])\n"
        "pieces = [bytes(100_000) for _ in range(1000)]\n"
        "del pieces[:-1]\n"
        "before = pages()\n"
        "release_memory()\n"
        "print(before - pages())\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert int(found) * os.sysconf("SC_PAGE_SIZE") > 50_000_000


@pytest.mark.parametrize(
    ("told", "several", "voice"),
    [
        ({}, False, True),
        ({"WORLD_SIZE": "2", "RANK": "1"}, False, True),
        ({"WORLD_SIZE": "2", "RANK": "0", "MASTER_ADDR": "localhost"}, True, True),
        ({"WORLD_SIZE": "2", "RANK": "1", "MASTER_ADDR": "localhost"}, True, False),
        ({"WORLD_SIZE": "1", "RANK": "0", "MASTER_ADDR": "localhost"}, False, True),
        ({"WORLD_SIZE": "2", "RANK": "1", "LABELVIZ_STORE": "store"}, True, False),
    ],
)
def test_who_was_started_with_others_knows_it_and_one_of_them_speaks(
    told: dict[str, str], several: bool, voice: bool, monkeypatch: pytest.MonkeyPatch
):
    for name in ("WORLD_SIZE", "RANK", "MASTER_ADDR", "LABELVIZ_STORE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert processes.started_together() == several
    assert processes.speaks() == voice
