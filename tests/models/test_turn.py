from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack

import pytest

from labelviz.core.progress import AHEAD, STEPS
from labelviz.models import turn as turns
from labelviz.models.turn import turn
from tests.conftest import until

HOLD = """
import sys, time
from labelviz.models import turn as turns
turns.gpu_in_use = lambda: "GPU-1"
with turns.turn(lambda *_: None):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def on(monkeypatch, tmp_path):
    """Have this process train on a GPU of this name."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(turns.tempfile, "tempdir", None)
    return lambda name: monkeypatch.setattr(turns, "gpu_in_use", lambda: name)


@pytest.mark.bad_input("K11")
def test_two_trainings_on_one_gpu_are_one_after_the_other_and_the_second_says_so(on):
    on("GPU-1")
    told, order = [], []

    def second():
        with turn(lambda *each: told.append(each)):
            order.append("second")

    with turn(lambda *each: told.append(each)):
        waiting = threading.Thread(target=second)
        waiting.start()
        until(lambda: told == [(0, 1, AHEAD)])
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]
    assert told == [(0, 1, AHEAD)]


@pytest.mark.parametrize("other", ["GPU-2", ""])
def test_who_trains_elsewhere_waits_for_nobody(on, other):
    told = []
    with ExitStack() as held:
        on("GPU-1")
        held.enter_context(turn(lambda *each: told.append(each)))
        on(other)
        held.enter_context(turn(lambda *each: told.append(each)))
        assert told == []


@pytest.mark.bad_input("K11")
def test_one_that_was_killed_holds_no_gpu(on):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    on("GPU-1")
    told, ended = [], threading.Event()

    def waits():
        with turn(lambda *each: told.append(each)):
            ended.set()

    waiting = threading.Thread(target=waits)
    waiting.start()
    until(lambda: told == [(0, 1, AHEAD)])
    assert not ended.is_set()
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    waiting.join()
    assert ended.is_set()


def test_a_training_takes_its_turn(on, tiny, tmp_path):
    from labelviz.core.settings import TrainSettings
    from labelviz.models.samples import TrainingData
    from labelviz.models.train import train
    from tests.models.test_train import films, targets_of

    on("GPU-1")
    told, data = [], TrainingData(films(20), targets_of(films(20)))
    settings = TrainSettings(epochs=0.5)
    training = threading.Thread(
        target=train, args=(data, tiny, tmp_path / "run", settings, lambda *e: told.append(e))
    )
    with turn(pytest.fail):
        training.start()
        until(lambda: told == [(0, 1, AHEAD)])
        assert not (tmp_path / "run" / "run.json").exists()
    training.join()
    assert told[-1][2] == STEPS
    assert (tmp_path / "run" / "model").is_dir()
