"""Training in several processes of this machine, which begin and end together."""

from __future__ import annotations

import copyreg
import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType, ModuleType
from typing import Any

from labelviz.core.progress import Report, silent
from labelviz.core.settings import TRAINING, TrainSettings
from labelviz.errors import LabelvizError, RequestRefused
from labelviz.models.group import ProcessEnded, joined
from labelviz.models.runs import Run
from labelviz.models.samples import TrainingData
from labelviz.models.train import LOST, lost, train
from labelviz.processes import LOCAL, RANK, SIZE, STORE, started_together

INTERFACE = "GLOO_SOCKET_IFNAME"  # by which gloo is told where to listen


def _unchanging(known: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(known)


# A mapping that nobody changes goes to another process as what is in it.
copyreg.pickle(MappingProxyType, lambda each: (_unchanging, (dict(each),)))


@dataclass(frozen=True, eq=False)
class ToTrain:
    """What is to be trained, as in `train`."""

    data: TrainingData
    model: str | Path
    out: Path
    settings: TrainSettings = TRAINING

    def done(self, report: Report = silent) -> Run:
        """Do it in this process, or this process's share of it."""
        return train(self.data, self.model, self.out, self.settings, report)


def train_together(work: ToTrain, processes: int | None = None, report: Report = silent) -> Run:
    """Train in several processes, each with a GPU of its own, or its part of the cores.

    It is the same training in however many, up to the order of additions; only dropout is another
    where a step has fewer parts than there are processes. One that was started as one of several
    already, by `torchrun` or `accelerate launch`, starts no others: they share in this.

    Parameters
    ----------
    processes : how many; None for as many as there are GPUs, or one.

    Raises
    ------
    RequestRefused : there are GPUs, but fewer.
    RunRefused : as `train`, or one of the processes ended.
    """
    if started_together():
        return share_in(work, report)
    count = _count(processes)
    if count == 1:
        return work.done(report)
    with TemporaryDirectory(prefix="labelviz-") as folder, _started(work, count, folder) as workers:
        _follow(workers, work, report)
    return Run.open(work.out)


def share_in(work: ToTrain | None = None, report: Report = silent) -> Run:
    """Train with those that were started together with this process what the first of them has.

    Parameters
    ----------
    work : what the first has, who needs no other to have it.

    Raises
    ------
    RunRefused : as `train`, or one of the processes ended.
    """
    try:
        with joined() as group:
            told: ToTrain = group.told(work)
            return told.done(report)
    except ProcessEnded as error:
        raise lost(work.out if work else None) from error


def _count(asked: int | None) -> int:
    import torch

    there = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if asked is None:
        return max(1, there)
    if there and asked > there:
        raise RequestRefused(
            f"There are {asked} processes for {there} graphics processors.",
            field="processes",
            safe="Nothing was begun.",
            remedy="Ask for as many at most; or set CUDA_VISIBLE_DEVICES to nothing, and train on "
            "the CPU.",
        )
    return asked


@dataclass(frozen=True, eq=False)
class _Worker:
    process: BaseProcess
    said: Connection

    def heard(self) -> Iterator[object]:
        """What it has said and nobody has heard yet."""
        try:
            while self.said.poll():
                yield self.said.recv()
        except (EOFError, OSError):
            return


@contextmanager
def _started(work: ToTrain, count: int, folder: str) -> Iterator[list[_Worker]]:
    """Inside, so many processes work; none of them outlives it."""
    context, workers = multiprocessing.get_context("spawn"), []
    # Without what the dataset has found out about itself, which need not travel.
    work = replace(work, data=replace(work.data, dataset=replace(work.data.dataset)))
    try:
        with _without_program():
            for rank in range(count):
                ours, theirs = context.Pipe(duplex=False)
                place = rank, count, str(Path(folder) / "store")
                process = context.Process(target=_work, args=(work, place, theirs), daemon=True)
                process.start()
                theirs.close()
                workers.append(_Worker(process, ours))
        yield workers
    finally:
        for each in workers:
            each.process.kill()
        for each in workers:
            each.process.join()
            each.said.close()


@contextmanager
def _without_program() -> Iterator[None]:
    """Inside, new processes do not begin with the program that runs here, of which they need
    nothing: it may be a script that would begin to train once more."""
    program = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = program


def _follow(workers: Sequence[_Worker], work: ToTrain, report: Report) -> None:
    """Pass on how far they are, until all have ended.

    Raises
    ------
    LabelvizError : what one of them raised; RunRefused where one ended without a word.
    """
    running = list(workers)
    while running:
        wait([each.process.sentinel for each in running] + [each.said for each in running])
        ended = [each for each in running if not each.process.is_alive()]
        errors = []
        for each in running:
            for said in each.heard():
                if isinstance(said, LabelvizError):
                    errors.append(said)
                elif isinstance(said, tuple):
                    report(*said)
        if errors:  # that others are missed is no reason where one said why it ended
            raise min(errors, key=lambda error: error.what == LOST)
        if any(each.process.exitcode for each in ended):
            raise lost(work.out)
        running = [each for each in running if each not in ended]


def _work(work: ToTrain, place: tuple[int, int, str], said: Connection) -> None:
    """What each process does.

    Parameters
    ----------
    place : its rank, how many there are, and the file by which they find each other.
    said : to the process that started it.
    """
    import torch

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one that started it ends it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    rank, count, store = place
    os.environ |= {RANK: str(rank), LOCAL: str(rank), SIZE: str(count), STORE: store}
    os.environ.setdefault(INTERFACE, _loopback())
    torch.set_num_threads(max(1, torch.get_num_threads() // count))
    code = 0
    try:
        work.done(lambda *how_far: said.send(how_far))
    except LabelvizError as error:
        said.send(error)
        code = 1
    os._exit(code)  # at once: where a group broke, what torch has left of it aborts an orderly end


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


def _loopback() -> str:
    """The network interface that no other machine reaches."""
    return next(name for _, name in socket.if_nameindex() if name.startswith("lo"))
