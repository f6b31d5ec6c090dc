"""Processes that import nothing, because they are forked from one that has imported everything.

One thread alone may start them.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

PRELOADED = [
    "accelerate", "cleanlab", "labelviz.cli", "labelviz.detectors.flag", "labelviz.models.crossval",
    "labelviz.models.lsa", "labelviz.models.predict", "labelviz.models.scratch",
    "labelviz.models.train", "labelviz.store.commands", "labelviz.project.workspace", "pandas",
    "pyarrow.parquet", "safetensors.torch", "sklearn.linear_model", "tests.killed",
    "torch._dynamo", "transformers.models.auto.modeling_auto",
    "transformers.models.roberta.modeling_roberta", "labelviz.printing",
]  # fmt: skip


def forking() -> ForkServerContext:
    """How such processes are started, as `multiprocessing` names it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


def started(task: Callable[..., None], *arguments: Any) -> tuple[Any, Connection]:
    """A process that does a task, and what it tells; the task gets the other end."""
    context = forking()
    hear, tell = context.Pipe(duplex=False)
    process = context.Process(target=task, args=(*arguments, tell))
    process.start()
    tell.close()
    return process, hear


def in_a_fork(task: Callable[..., Any], *arguments: Any) -> Any:
    """What a task returns.

    Raises
    ------
    AssertionError : it raised something.
    """
    process, said = started(_tell, task, arguments)
    kind, value = said.recv()
    process.join()
    assert kind == "made", value
    return value


def _tell(task: Callable[..., Any], arguments: tuple[Any, ...], tell: Connection) -> None:
    try:
        tell.send(("made", task(*arguments)))
    except BaseException:
        tell.send(("failed", traceback.format_exc()))


@dataclass(frozen=True)
class Ended:
    """A program that has ended."""

    returncode: int
    stdout: str
    stderr: str


def run_script(script: Path, words: Sequence[str], surroundings: Mapping[str, str]) -> Ended:
    """Run a program of Python as `python SCRIPT WORDS` would, without this labelviz.

    Parameters
    ----------
    surroundings : its environment; of PYTHONPATH the first folder alone counts.
    """
    with TemporaryDirectory() as folder:
        said = Path(folder) / "out", Path(folder) / "err"
        process, _ = started(_run, str(script), list(words), dict(surroundings), said)
        process.join()
        return Ended(process.exitcode, *(each.read_text("utf-8") for each in said))


def _run(
    script: str, words: list[str], surroundings: dict[str, str], said: tuple[Path, Path],
    _: Connection,
) -> None:  # fmt: skip
    for number, path in enumerate(said, 1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    os.environ.clear()
    os.environ.update(surroundings)
    for name in [each for each in sys.modules if each.partition(".")[0] == "labelviz"]:
        del sys.modules[name]
    sys.path.insert(0, surroundings["PYTHONPATH"])
    sys.argv = [script, *words]
    runpy.run_path(script, run_name="__main__")
