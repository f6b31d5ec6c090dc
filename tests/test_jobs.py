from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from labelviz.core.files import read_json, write_json
from labelviz.errors import JobRefused
from labelviz.jobs import (
    COPIED,
    PROGRESS_VARIABLE,
    RESTARTED,
    SAID_ENDED,
    VANISHED,
    Job,
    Progress,
    Ticker,
    latest,
    progress_file,
    start,
)
from labelviz.processes import Process, process, this_process
from labelviz.project.workspace import Workspace
from labelviz.requests import BackUp, Flag, Load, Predict, from_json
from labelviz.tables.columns import Columns
from tests.conftest import ENOUGH, REVIEWS, assert_message, until

COLUMNS = Columns("text", "label", id="id")
QUICK = BackUp(only_list=True)  # what is done in no time, wherever there is a workspace


@pytest.fixture
def load(write: Callable[..., Path]) -> Load:
    return Load(file=write(REVIEWS, "reviews.csv"), columns=COLUMNS)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A workspace into which nothing was loaded yet."""
    return Workspace.create(tmp_path / "project").path


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], object]:
    """Jobs that are started wait at a gate until this opens it for one of them."""
    way = tmp_path / "gate"
    os.mkfifo(way)
    folder = tmp_path / "gated"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(f"open({str(way)!r}).read()")
    monkeypatch.setenv("PYTHONPATH", f"{folder}:{os.environ.get('PYTHONPATH', '')}")
    return lambda: way.write_bytes(b"")


def job_in(folder: Path, runs: Process) -> Job:
    write_json(folder / "job.json", {"command": "predict", "process": runs.as_json()})
    return Job(folder)


def pid_of(job: Job) -> int:
    return int(read_json(job.folder / "job.json")["process"]["pid"])


def alive_in_group(group: int) -> list[str]:
    """Processes of a group that have not ended, as Linux shows them."""
    shown = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            shown.append(path.read_text().rpartition(")")[2].split())
    return [state for state, _, pgrp, *_ in shown if int(pgrp) == group and state != "Z"]


@pytest.mark.bad_input("I17")
def test_a_job_does_what_is_asked_and_keeps_what_it_printed(
    project: Path, load: Load, gate: Callable[[], object]
):
    job = start(project, load)
    assert job.state == "running"
    gate()
    assert job.wait(ENOUGH) == "done"
    assert "6 rows in = 6 accepted + 0 quarantined + 0 blank" in job.output
    assert (job.command, job.progress) == ("load", None)
    assert from_json(job.asked) == load
    assert latest(project) == Job(job.folder)
    assert len(Workspace(project).dataset) == 6


def test_a_job_that_fails_says_why_without_a_traceback(tmp_path: Path):
    (tmp_path / "nowhere").mkdir()
    job = start(tmp_path / "nowhere", Flag())
    assert job.wait(ENOUGH) == "failed"
    assert job.output.startswith("labelviz: nowhere is not a labelviz workspace.")
    assert "Traceback" not in job.output


def test_one_job_at_a_time(project: Path, load: Load, gate: Callable[[], object]):
    job = start(project, load)
    assert job.wait(0.1) == "running"
    with pytest.raises(JobRefused) as refused:
        start(project, Flag())
    assert "`labelviz load` is still running" in refused.value.what
    assert refused.value.remedy == "Wait until it ends, or cancel it."
    gate()
    assert job.wait(ENOUGH) == "done"
    second = start(project, QUICK)
    assert latest(project) == second
    gate()
    assert second.wait(ENOUGH) == "done"


def test_of_two_that_start_at_the_same_moment_one_is_refused(
    project: Path, gate: Callable[[], object]
):
    made: list[Job | JobRefused] = []
    together = threading.Barrier(4)

    def begin() -> None:
        together.wait()
        try:
            made.append(start(project, QUICK))
        except JobRefused as error:
            made.append(error)

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    (job,) = [each for each in made if isinstance(each, Job)]
    gate()
    assert job.wait(ENOUGH) == "done"


def test_the_job_of_the_original_is_none_of_a_copys(
    tmp_path: Path, project: Path, load: Load, gate: Callable[[], object]
):
    job = start(project, load)
    shutil.copytree(project, tmp_path / "copy")
    copied = latest(tmp_path / "copy")
    assert (copied.state, copied.lost) == ("failed", COPIED)
    copied.cancel()
    assert job.state == "running"
    gate()
    assert job.wait(ENOUGH) == "done"


def test_a_folder_that_takes_no_job_is_told(tmp_path: Path):
    (tmp_path / "jobs").write_text("in the way")
    with pytest.raises(JobRefused) as refused:
        start(tmp_path, Flag())
    assert "`labelviz flag` cannot be started" in refused.value.what
    assert refused.value.where == str(tmp_path / "jobs")


def test_a_job_in_the_background_gives_way(tmp_path: Path, project: Path):
    script = tmp_path / "sitecustomize.py"
    script.write_text("import os; print(os.nice(0))")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PYTHONPATH", str(tmp_path))
        nice = [start(project, QUICK, background=True)]
        assert nice[0].wait(ENOUGH) == "done"
        nice.append(start(project, QUICK))
        assert nice[1].wait(ENOUGH) == "done"
    back, front = (int(each.output.split()[0]) for each in nice)
    assert back == min(front + 5, 19)


def test_cancelling_ends_the_job_and_all_it_started(
    project: Path, load: Load, gate: Callable[[], object]
):
    job = start(project, load)
    job.cancel()
    assert job.state == "cancelled"
    os.waitpid(pid_of(job), 0)
    until(lambda: alive_in_group(pid_of(job)) == [])
    assert not (job.folder / "exit").exists()
    assert list(project.glob("data/*/*")) == []
    after = start(project, QUICK)
    gate()
    assert after.wait(ENOUGH) == "done"


@pytest.mark.bad_input("H13")
@pytest.mark.parametrize("noted", ["", "{", "[]", '"words"'])
def test_a_job_whose_record_is_damaged_holds_up_no_other(project: Path, noted: str):
    damaged = project / "jobs/1"
    damaged.mkdir(parents=True)
    (damaged / "job.json").write_text(noted)
    job = latest(project)
    assert job is not None
    assert (job.state, job.lost, job.command, job.asked) == ("failed", VANISHED, "", {})
    job.cancel()
    assert start(project, QUICK).wait(ENOUGH) == "done"


def test_cancelling_ends_what_does_not_listen(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """As a process is for a moment after it was forked."""
    deaf = tmp_path / "deaf"
    deaf.write_text(f"#!/bin/sh\ntrap '' TERM\ntouch {tmp_path}/begun\nsleep 600\n")
    deaf.chmod(0o755)
    monkeypatch.setattr("labelviz.jobs.sys.executable", str(deaf))
    job = start(project, QUICK)
    until((tmp_path / "begun").exists)
    job.cancel()
    os.waitpid(pid_of(job), 0)
    until(lambda: alive_in_group(pid_of(job)) == [])
    assert job.state == "cancelled"


def test_cancelling_what_has_ended_changes_nothing(project: Path):
    job = start(project, QUICK)
    job.wait(ENOUGH)
    job.cancel()
    assert job.state == "done"


@pytest.mark.bad_input("H19", "H20")
def test_a_process_that_vanished_has_failed(
    tmp_path: Path, project: Path, gate: Callable[[], object]
):
    job = start(project, QUICK)
    os.killpg(pid_of(job), signal.SIGKILL)
    assert job.wait(ENOUGH) == "failed"
    assert job.lost == VANISHED
    gone = subprocess.Popen([sys.executable, "-I", "-c", ""])
    was = process(gone.pid)
    gone.wait()
    assert job_in(tmp_path / "job", was).state == "failed"


# Whose process it is


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process that has nothing to do with labelviz, in a group of its own."""
    running = subprocess.Popen(["sleep", "600"], start_new_session=True)
    yield running
    running.kill()
    running.wait()


FORGED = {
    "its id is somebody else's now": ({"started": "1"}, "failed", VANISHED),
    "the machine was restarted": ({"boot": "another boot"}, "failed", RESTARTED),
    "an old record, of an id alone": (None, "failed", VANISHED),
    "half a record": ({"started": None}, "failed", VANISHED),
    "another container": ({"namespace": "pid:[1]"}, "running", SAID_ENDED),
    "another machine": ({"boot": "b", "host": "far"}, "running", SAID_ENDED),
}


@pytest.mark.bad_input("H19")
@pytest.mark.parametrize(("change", "state", "why"), FORGED.values(), ids=FORGED)
def test_whoever_has_the_id_of_a_job_now_is_neither_taken_for_it_nor_signalled(
    project: Path, stranger: subprocess.Popen[bytes], change: Any, state: str, why: str
):
    folder = project / "jobs/1"
    runs = process(stranger.pid).as_json()
    record = {"pid": stranger.pid} if change is None else {"process": {**runs, **change}}
    write_json(folder / "job.json", {"command": ["predict", "x"], **record})
    job = Job(folder)
    assert job.state == state
    if state == "failed":
        job.cancel()
    else:
        with pytest.raises(JobRefused) as refused:
            job.cancel()
        host = job.elsewhere
        assert_message(
            refused.value, f"started on {host}", str(folder), "Nothing was stopped.", "there."
        )
        with pytest.raises(JobRefused, match="nobody can tell whether it still runs"):
            start(project, QUICK)
        assert job.lost == ""
        job.give_up()
    assert (job.state, job.lost) == ("failed", why)
    assert start(project, QUICK).wait(ENOUGH) == "done"
    assert not (folder / "cancelled").exists()
    assert stranger.poll() is None


def test_a_job_that_runs_here_is_not_given_up(tmp_path: Path):
    job = job_in(tmp_path, this_process())
    job.give_up()
    assert (job.state, job.elsewhere) == ("running", "")


def test_what_was_done_before_it_could_be_cancelled_is_done(tmp_path: Path):
    job = job_in(tmp_path, this_process())
    (tmp_path / "cancelled").touch()
    assert job.state == "cancelled"
    (tmp_path / "exit").write_text("0\n")
    assert job.state == "done"


def test_a_job_whose_process_was_not_recorded_never_begins(
    project: Path, monkeypatch: pytest.MonkeyPatch
):
    """As when the server is killed between the two."""
    made: list[subprocess.Popen[bytes]] = []

    class Kept(subprocess.Popen[bytes]):
        def __init__(self, *given: Any, **how: Any) -> None:
            super().__init__(*given, **how)
            made.append(self)

    def full(_: Path, __: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("labelviz.jobs.subprocess.Popen", Kept)
    monkeypatch.setattr("labelviz.jobs.write_json", full)
    with pytest.raises(JobRefused, match="No space"):
        start(project, QUICK)
    assert made[0].wait(ENOUGH) == 1
    assert list(project.glob("jobs/*/output.txt")) == []
    monkeypatch.undo()
    assert start(project, QUICK).wait(ENOUGH) == "done"


@pytest.mark.bad_input("G23")
@pytest.mark.parametrize("deadly", [signal.SIGSEGV, signal.SIGKILL])
def test_a_loader_that_crashes_takes_nothing_with_it(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deadly: signal.Signals
):
    crash = f"import os; os.kill(os.getpid(), {int(deadly)})"
    (tmp_path / "sitecustomize.py").write_text(crash)
    before = workspace.dataset.fingerprint
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    job = start(workspace.path, Predict(model="./model"))
    assert job.wait(ENOUGH) == "failed"
    assert (job.folder / "exit").read_text() == f"{128 + deadly}\n"
    assert Workspace(workspace.path).dataset.fingerprint == before
    assert workspace.opinions.names == ()
    monkeypatch.undo()
    assert start(workspace.path, QUICK).wait(ENOUGH) == "done"


@pytest.mark.parametrize(
    ("code", "state"), [("0\n", "done"), ("2\n", "failed"), ("143\n", "failed")]
)
def test_the_exit_code_outlives_the_process(tmp_path: Path, code: str, state: str):
    job = job_in(tmp_path, this_process())
    (tmp_path / "exit").write_text(code)
    assert job.state == state


def test_the_server_that_shows_a_job_need_not_be_the_one_that_started_it(project: Path):
    job = start(project, QUICK)
    job.wait(ENOUGH)
    script = (
        "import sys; from pathlib import Path; from labelviz.jobs import latest; "
        "print(latest(Path(sys.argv[1])).state)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", script, str(project)], capture_output=True, text=True
    )
    assert shown.stdout == "done\n"


def test_a_workspace_without_jobs_has_no_latest(tmp_path: Path):
    assert latest(tmp_path) is None


def test_a_job_of_an_earlier_version_noted_a_command_line_and_is_still_shown(tmp_path: Path):
    command = ["predict", "x", "--model=m", "--folds=3"]
    write_json(tmp_path / "job.json", {"command": command, "pid": 7})
    job = Job(tmp_path)
    assert (job.command, job.state, dict(job.asked)) == ("predict", "failed", {})
    (tmp_path / "exit").write_text("0\n")
    assert job.state == "done"


def test_a_job_that_another_version_asked_for_is_refused_in_words(project: Path):
    request = {"kind": "dream", "fields": {}}
    write_json(project / "jobs/1/job.json", {"command": "dream", "request": request})
    done = subprocess.run(
        [sys.executable, "-m", "labelviz.cli", "job", str(project / "jobs/1")],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("labelviz: There is no request “dream”.")


def test_a_job_that_printed_nothing_yet(tmp_path: Path):
    assert job_in(tmp_path, this_process()).output == ""


# Progress


def test_progress_is_written_where_the_job_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    job = job_in(tmp_path, this_process())
    monkeypatch.setenv(PROGRESS_VARIABLE, str(tmp_path / "progress.json"))
    show = progress_file()
    assert show is not None
    show(Progress(3, 10, "texts", 1.5, None))
    assert job.progress == Progress(3, 10, "texts", 1.5, None)
    Ticker(show)(10, 10, "texts")
    assert job.progress is not None
    assert (job.progress.done, job.progress.total, job.progress.unit) == (10, 10, "texts")


def test_a_process_that_is_no_job_has_nowhere_to_report(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(PROGRESS_VARIABLE, raising=False)
    assert progress_file() is None


def test_the_ticker_shows_the_first_and_the_last_and_skips_the_crowd_between():
    shown: list[Progress] = []
    ticker = Ticker(shown.append)
    for done in range(1001):
        ticker(done, 1000, "texts")
    assert (shown[0].done, shown[-1].done) == (0, 1000)
    assert len(shown) < 1000
    assert [each.done for each in shown] == sorted(each.done for each in shown)


def test_the_ticker_knows_rate_and_time_left(monkeypatch: pytest.MonkeyPatch):
    clock = iter([100.0, 102.0, 104.0, 110.0, 111.0])
    monkeypatch.setattr("labelviz.jobs.time.monotonic", lambda: next(clock))
    shown: list[Progress] = []
    ticker = Ticker(shown.append)
    ticker(10, 50, "texts")
    ticker(20, 50, "texts")
    ticker(5, 8, "folds")
    ticker(30, 50, "texts")
    ticker(1, 8, "folds")
    assert [asdict(each) for each in shown] == [
        {"done": 10, "total": 50, "unit": "texts", "rate": None, "left": None},
        {"done": 20, "total": 50, "unit": "texts", "rate": 5.0, "left": 6.0},
        {"done": 5, "total": 8, "unit": "folds", "rate": None, "left": None},
        {"done": 30, "total": 50, "unit": "texts", "rate": 2.0, "left": 10.0},
        {"done": 1, "total": 8, "unit": "folds", "rate": None, "left": None},
    ]
