from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import psutil
import pytest
import torch
from safetensors.torch import load_file

from labelviz.core.progress import JUDGED, STEPS
from labelviz.core.settings import TrainSettings
from labelviz.errors import RequestRefused, RunRefused
from labelviz.models import checkpoints, together
from labelviz.models import train as training
from labelviz.models.group import Group
from labelviz.models.runs import Run
from labelviz.models.samples import TrainingData
from labelviz.models.together import ToTrain, train_together
from labelviz.project.workspace import Workspace
from labelviz.tables.columns import Columns
from tests.conftest import assert_message, dataset_of, until
from tests.forks import forking
from tests.models.test_train import ROOT, Stop, films, targets_of, weights_of

# Each step in three parts, two for the one process and one for the other.
SETTINGS = TrainSettings(
    epochs=2, learning_rate=1e-3, batch_size=9, accumulation=3, patience=99, precision="float32"
)


def weighted(n=63):
    """Films of unequal weight, of which the last step of an epoch has an odd number."""
    dataset = films(n)
    targets = targets_of(dataset, "smooth:off=0.1")
    return TrainingData(dataset, replace(targets, weight=np.linspace(0, 2, n)))


def tagged(n=41):
    """Films with several labels, of which one is not known."""
    labels = [[row % 2, row % 3 == 0, -1 if row % 5 == 0 else row % 4 == 1] for row in range(n)]
    texts = [f"{'good ' * a}{'dull ' * b}{row}" for row, (a, b, _) in enumerate(labels)]
    dataset = dataset_of(np.array(labels, int), ("a", "b", "c"), texts=[texts])
    return TrainingData(dataset, targets_of(dataset, "smooth"))


def same(one: Run, several: Run, near: float):
    """Both came to the same model by the same way, up to rounding."""
    assert one.steps == several.steps
    for mine, other in zip(one.rows, several.rows, strict=True):
        numbers = {name for name, value in mine.items() if isinstance(value, float)} - {"seconds"}
        assert numbers
        assert {n: mine[n] for n in numbers} == pytest.approx(
            {n: other[n] for n in numbers}, abs=near
        )
        np.testing.assert_allclose(
            one.logits(mine["step"]), several.logits(mine["step"]), atol=near
        )
    before, after = (load_file(run.model / "model.safetensors") for run in (one, several))
    assert before.keys() == after.keys()
    for name, weight in before.items():
        if not name.endswith("key.bias"):  # whose gradient is 0 but for rounding
            torch.testing.assert_close(after[name], weight, atol=near, rtol=0, msg=name)
    moved = np.abs(one.logits(one.steps[-1]) - one.logits(0)).max()
    assert moved > 100 * near


@pytest.fixture(autouse=True)
def started(request, monkeypatch):
    """Forks in place of processes that import everything anew, but where a test says `anew`."""
    if "anew" not in request.fixturenames:
        monkeypatch.setattr(together, "multiprocessing", Forking)


class Forking:
    parent_process = staticmethod(multiprocessing.parent_process)

    @staticmethod
    def get_context(_):
        return forking()


@pytest.fixture
def anew():
    """Processes are started as they are for a user."""


@pytest.fixture(scope="module")
def one(tiny, tmp_path_factory) -> Run:
    """The weighted films, by one process."""
    return ToTrain(weighted(), tiny, tmp_path_factory.mktemp("runs") / "one", SETTINGS).done()


def test_two_processes_train_what_one_does_dropout_included(one, tiny, tmp_path, anew):
    told = []
    work = ToTrain(weighted(), tiny, tmp_path / "two", SETTINGS)
    two = train_together(work, 2, lambda *how_far: told.append(how_far))
    same(one, two, near=1e-4)
    assert one.complete
    assert two.complete
    assert two.record["hardware"]["processes"] == "2"
    assert "processes" not in one.record["hardware"]
    steps = [done for done, _, unit in told if unit == STEPS]
    assert steps == sorted(steps)
    assert {total for _, total, unit in told if unit == STEPS} == {steps[-1]}
    assert JUDGED in {unit for *_, unit in told}


def test_each_step_has_a_part_for_every_process(tags, tmp_path):
    settings = replace(SETTINGS, accumulation=1, batch_size=8)
    two = train_together(ToTrain(tagged(), tags, tmp_path / "two", settings), 2)
    halves = replace(settings, accumulation=2)
    one = ToTrain(tagged(), tags, tmp_path / "one", halves).done()
    assert weights_of(one) == weights_of(two)  # two numbers have one sum
    for step in one.steps:
        np.testing.assert_array_equal(one.logits(step), two.logits(step))


@pytest.fixture
def killed(monkeypatch):
    """Kills one of the processes after some steps, and gives all of them."""
    held, follow = [], together._follow

    def watched(workers, *more):
        held.extend(each.process for each in workers)
        follow(workers, *more)

    monkeypatch.setattr(together, "_follow", watched)

    def kill(work, rank, after):
        def report(done, _, unit):
            if unit == STEPS and done == after:
                os.kill(held[rank].pid, signal.SIGKILL)

        with pytest.raises(RunRefused) as refused:
            train_together(work, 2, report)
        return refused.value, held

    return kill


@pytest.mark.bad_input("K01")
@pytest.mark.parametrize(("rank", "then"), [(0, 1), (1, 2)])
def test_where_a_process_is_killed_all_end_and_the_training_goes_on_in_as_many_as_there_are(
    one, tiny, tmp_path, killed, rank, then
):
    work = ToTrain(weighted(), tiny, tmp_path / "two", SETTINGS)
    error, processes = killed(work, rank, after=7)
    assert_message(error, "ended before the others", "two", "The checkpoint of step", "goes on")
    assert len(processes) == 2
    assert not any(each.is_alive() for each in processes)
    began = []
    resumed = train_together(work, then, lambda done, *_: began.append(done))
    assert began[0] > 0
    assert resumed.complete
    same(one, resumed, near=1e-4)


def test_who_stops_watching_ends_them_all(tiny, tmp_path, monkeypatch):
    held, follow = [], together._follow

    def watched(workers, *more):
        held.extend(each.process for each in workers)
        follow(workers, *more)

    def report(done, _, unit):
        raise KeyboardInterrupt

    monkeypatch.setattr(together, "_follow", watched)
    with pytest.raises(KeyboardInterrupt):
        train_together(ToTrain(weighted(), tiny, tmp_path / "two", SETTINGS), 2, report)
    assert [each.is_alive() for each in held] == [False, False]


def test_what_others_still_read_is_not_removed(tiny, tmp_path, monkeypatch):
    order, read, write = [], checkpoints.restore_best, training.write_record
    monkeypatch.setattr(Group, "wait", lambda _: order.append("wait"))
    monkeypatch.setattr(
        checkpoints, "restore_best", lambda *asked: order.append("read") or read(*asked)
    )
    monkeypatch.setattr(
        training, "write_record", lambda *asked: order.append("end") or write(*asked)
    )
    ToTrain(weighted(), tiny, tmp_path / "run", replace(SETTINGS, judge_all=False)).done()
    assert "wait" in order[order.index("read") : order.index("end")]


def test_what_was_begun_by_one_goes_on_in_two(one, tiny, tmp_path):
    def report(done, _, unit):
        if unit == STEPS and done == 7:
            raise Stop

    work = ToTrain(weighted(), tiny, tmp_path / "run", SETTINGS)
    with pytest.raises(Stop):
        train_together(work, 1, report)
    same(one, train_together(work, 2), near=1e-4)


def test_what_a_process_is_refused_is_what_is_said(one, tiny, tmp_path):
    with pytest.raises(RunRefused, match="already complete"):
        train_together(ToTrain(weighted(), tiny, one.path, SETTINGS), 2)


# Programs that are started here find this labelviz, and these tests.
HERE = {**os.environ, "PYTHONPATH": str(ROOT)}
PROGRAM = """
import os, signal, sys
from pathlib import Path

from labelviz.core.progress import STEPS
from labelviz.models import together
from labelviz.models.together import ToTrain, train_together
from tests.models.test_together import SETTINGS, weighted

out, tiny = Path(sys.argv[1]), sys.argv[2]
follow = together._follow

def watched(workers, *more):
    pids = [each.process.pid for each in workers]
    assert {os.getpgid(pid) for pid in pids} == {os.getpgrp()}
    Path(sys.argv[3]).write_text(" ".join(map(str, pids)))
    follow(workers, *more)

def report(done, _, unit):
    if unit == STEPS and done == 3:
        os.kill(os.getpid(), signal.SIGKILL)

together._follow = watched
train_together(ToTrain(weighted(), tiny, out, SETTINGS), 2, report)
"""


@pytest.mark.bad_input("K01")
def test_nothing_outlives_the_process_that_asked_which_may_be_any_script(tiny, tmp_path, write):
    script, pids = write(PROGRAM, "program.py"), tmp_path / "pids"
    done = subprocess.run([sys.executable, script, tmp_path / "run", tiny, pids], env=HERE)
    assert done.returncode == -signal.SIGKILL
    left = [int(pid) for pid in pids.read_text().split()]
    assert len(left) == 2
    until(lambda: not any(map(runs, left)))
    assert Run.open(tmp_path / "run").rows


def runs(pid):
    """Whether a process is there and not only its exit code."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


SHORT = """
import os, sys
from pathlib import Path

import torch

from labelviz.models import loading
from labelviz.models.together import ToTrain, train_together
from tests.models.test_together import SHORT_SETTINGS, weighted

logits = loading.Classifier.logits

def limited(self, batch):
    found = logits(self, batch)
    if torch.is_grad_enabled() and len(found) > 2:
        raise torch.OutOfMemoryError("CUDA out of memory.")
    return found

if os.environ["RANK"] == "1":
    loading.Classifier.logits = limited
train_together(ToTrain(weighted(), sys.argv[2], Path(sys.argv[1]), SHORT_SETTINGS))
threads = [each.read_text() for each in Path("/proc/self/task").glob("*/comm")]
assert not any("gloo" in each for each in threads), threads  # they would abort an orderly end
"""
SHORT_SETTINGS = replace(SETTINGS, accumulation=1, batch_size=8, epochs=1)


@pytest.fixture
def two(tmp_path, write):
    """Run a program in two processes that belong together; their exit codes and what they said."""

    def run(program, *arguments):
        told = {**HERE, "WORLD_SIZE": "2", "LABELVIZ_STORE": str(tmp_path / "store")}
        command = [sys.executable, write(program, "program.py"), *arguments]
        started = [
            subprocess.Popen(command, env={**told, "RANK": rank}, stdout=subprocess.PIPE, text=True)
            for rank in "01"
        ]
        said = [each.communicate()[0] for each in started]
        return [each.returncode for each in started], said

    return run


@pytest.mark.bad_input("K07")
def test_where_one_is_short_of_memory_all_take_smaller_parts(tiny, tmp_path, two):
    codes, _ = two(SHORT, tmp_path / "two", tiny)
    assert codes == [0, 0]
    quarters = replace(SHORT_SETTINGS, accumulation=4)
    one = ToTrain(weighted(), tiny, tmp_path / "one", quarters).done()
    same(one, Run.open(tmp_path / "two"), near=1e-4)


LEFT = """
import os, signal, sys
from pathlib import Path

from labelviz.errors import RunRefused
from labelviz.models import train
from labelviz.models.together import ToTrain, train_together
from tests.models.test_together import SETTINGS, weighted

take_step = train.take_step

def dying(job, step, rows):
    if step == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return take_step(job, step, rows)

if os.environ["RANK"] == "1":
    train.take_step = dying
try:
    train_together(ToTrain(weighted(), sys.argv[2], Path(sys.argv[1]), SETTINGS))
except RunRefused as error:
    print(error, flush=True)
    os._exit(3)
"""


@pytest.mark.bad_input("K01")
def test_who_is_left_by_another_says_so_and_does_not_wait(one, tiny, tmp_path, two):
    codes, (said, _) = two(LEFT, tmp_path / "two", tiny)
    assert codes == [3, -signal.SIGKILL]
    assert said.startswith("One of the processes that trained together ended before the others.")
    assert f"Where: {tmp_path / 'two'}" in said
    assert "The checkpoint of step" in said
    assert "Next: Train the same again: it goes on" in said
    same(one, train_together(ToTrain(weighted(), tiny, tmp_path / "two", SETTINGS), 1), near=1e-4)


def test_the_command_line_joins_what_torchrun_has_started(tmp_path, tiny, write):
    rows = "".join(
        f"{n},{('bad', 'good')[n % 2]} film {n},{('no', 'yes')[n % 2]}\n" for n in range(60)
    )
    space = Workspace.create(tmp_path / "project")
    space.load(write(f"id,text,label\n{rows}"), Columns("text", "label", id="id"))
    asked = ["--model", tiny, "--batch-size", "8", "--precision", "float32", "--epochs", "1"]
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command = [sys.executable, *launch, "-m", "labelviz.cli", "train", space.path, *asked]
    done = subprocess.run([*command, "--out", "two"], capture_output=True, text=True, env=HERE)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("two") == 1  # said by the first alone
    halves = TrainSettings(batch_size=8, precision="float32", epochs=1, accumulation=2)
    one = space.train(str(tiny), "one", halves)
    assert weights_of(space.runs.open("two")) == weights_of(one)


def test_there_is_one_process_for_each_gpu_and_no_more(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert [together._count(asked) for asked in (None, 1, 3)] == [1, 1, 3]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert [together._count(asked) for asked in (None, 1, 2)] == [2, 1, 2]
    with pytest.raises(RequestRefused) as refused:
        together._count(3)
    assert_message(
        refused.value, "3 processes for 2 graphics processors", safe="Nothing", remedy="at most"
    )
