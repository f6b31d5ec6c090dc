"""Values and files that the tests of several modules build on."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from labelviz.core.arrays import strings
from labelviz.core.dataset import Dataset
from labelviz.core.decisions import LABELLING, Decision
from labelviz.core.distributions import Probabilities, Provenance
from labelviz.errors import LabelvizError
from labelviz.processes import locked
from labelviz.tables.columns import Columns

if TYPE_CHECKING:
    from labelviz.project.workspace import Workspace

# What hypothesis may not hold against a test: it says how busy the machine is.
BUSY = (HealthCheck.too_slow,)
settings.register_profile(
    "labelviz", deadline=None, derandomize=True, max_examples=60, suppress_health_check=BUSY
)
settings.load_profile("labelviz")

# Thousands of small files are synced to a disk; to memory, where there is some, that costs nothing.
MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder of its own there
ROOM = 4 << 30  # bytes; a run needs about a tenth
if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM:
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = None

# What takes longest in one piece, and so begins first: nobody waits for it at the end.
LONGEST = (
    "tests/test_flow.py", "tests/browser", "tests/test_package.py", "tests/test_readme.py",
    "tests/test_killed.py", "tests/models/test_elsewhere.py", "tests/models/test_train.py",
)  # fmt: skip
ROOT = Path(__file__).resolve().parents[1]
CLASSES = ("no", "yes")
ENOUGH = 300.0  # seconds after which what was waited for will not come, however busy the machine


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest; the order is random otherwise."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


def dataset_of(
    given: Sequence[Any],
    classes: tuple[str, ...] = CLASSES,
    texts: Sequence[Sequence[str]] | None = None,
    **more: Any,
) -> Dataset:
    """A dataset of these labels with ids s0, s1, ..."""
    labels = np.array(given, dtype=np.int64)
    if "task" not in more:
        single = "binary" if len(classes) == 2 else "multiclass"
        more["task"] = "multilabel" if labels.ndim == 2 else single
    sides = texts if texts is not None else [[f"text {row}" for row in range(len(labels))]]
    return Dataset(
        classes=classes,
        ids=strings(f"s{row}" for row in range(len(labels))),
        texts=tuple(strings(side) for side in sides),
        given=labels,
        **more,
    )


def probabilities_of(dataset: Dataset, values: Any, **more: Any) -> Probabilities:
    """Probabilities for a dataset, in its order."""
    provenance = Provenance("out-of-fold", "model.csv", dataset=dataset.fingerprint)
    filled = {
        "classes": dataset.classes,
        "ids": dataset.ids,
        "multilabel": dataset.multilabel,
        "provenance": provenance,
    }
    return Probabilities(np.array(values, dtype=np.float64), **{**filled, **more})


@cache
def texts_of(sample: str) -> str:
    """The hash of the text that a sample has in `dataset_of`, and in the workspaces below."""
    rows = list(csv.reader(StringIO(REVIEWS)))
    text = {row[0]: row[1] for row in rows}.get(sample, sample.replace("s", "text ", 1))
    return dataset_of([0], texts=[[text]]).sample_hash(0)


def decision_of(operation: str, sample: str = "s0", verdict: Any = "keep", **more: Any) -> Decision:
    """A decision by ann, on the texts as they are; of a label it is no.

    Parameters
    ----------
    on : the dataset that holds the sample, where it is another than those of these tests.
    """
    on = more.pop("on", None)
    texts = texts_of(sample) if on is None else on.sample_hash(on.rows[sample])
    if verdict in LABELLING:
        more.setdefault("label", ("no",))
    filled = {"sample_hash": texts, "reviewer": "ann", **more}
    return Decision(operation=operation, sample=sample, verdict=verdict, **filled)


# A list, a tuple, a dictionary, an array or a dataclass as Python writes it.
AS_PYTHON = re.compile(r"\[['\d-]|\('[^']*',|\{'|array\(|\b[A-Z]\w+\(\w+=|<[\w.]+ object at")


@pytest.fixture(autouse=True, scope="session")
def _in_words() -> Iterator[None]:
    """No error that a test meets shows a value as Python writes it."""
    real = LabelvizError.__init__

    def init(self: LabelvizError, what: str, **parts: Any) -> None:
        real(self, what, **parts)
        assert not AS_PYTHON.search(what), what

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LabelvizError, "__init__", init)
        yield


def assert_message(
    error: LabelvizError, what: str, where: str = "", safe: str = "", remedy: str = ""
) -> None:
    """Each part says this, and the message has them all."""
    for part, words in zip(
        (error.what, error.where, error.safe, error.remedy),
        (what, where, safe, remedy),
        strict=True,
    ):
        assert words in part
        assert part in str(error)
    assert error.what


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; a busy machine is no reason to fail."""
    deadline = time.monotonic() + ENOUGH
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.005)


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """Give `__main__` back: Streamlit puts its script there, and new processes would run that."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


# The words of the errors that a test has met: what happened, what is safe, what to do next.
MET: list[tuple[str, str, str]] = []
BEGINS = re.compile(r"[^a-z]")
ENDS = re.compile(r"[.?!…]$|(?:labelviz|pip|git) [^.]+$")  # or with a command


_made = LabelvizError.__init__


def _met(error: LabelvizError, *what: str, **more: str) -> None:
    _made(error, *what, **more)
    MET.append((error.what, error.safe, error.remedy))


LabelvizError.__init__ = _met  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def errors_are_written_in_sentences() -> Iterator[None]:
    """Whatever a test asks about an error, its words begin and end like sentences."""
    MET.clear()
    yield
    for what, safe, remedy in MET:
        for words in filter(None, (safe, remedy)):
            assert BEGINS.match(words), words
            assert not words.isupper(), words
            assert ENDS.search(words), words
        assert ENDS.search(what), what


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a file as its bytes or its UTF-8 text, and return its path."""

    def file(content: str | bytes, name: str = "data.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return file


BEGIN = """
def begin():
    print("up", flush=True)
    input()
"""


@pytest.fixture
def at_once() -> Callable[[str, Sequence[Sequence[str]]], None]:
    """Run a script in several processes, each with its arguments; all `begin()` together."""

    def run(script: str, arguments: Sequence[Sequence[str]]) -> None:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        command = [sys.executable, "-c", BEGIN + script]
        running = [subprocess.Popen([*command, *each], **pipes) for each in arguments]
        for each in running:
            assert each.stdout is not None
            assert each.stdout.readline() == b"up\n"
        for each in running:
            assert each.stdin is not None
            each.stdin.write(b"go\n")
            each.stdin.flush()
        for each in running:
            each.communicate()
        assert [each.returncode for each in running] == [0] * len(running)

    return run


# Six samples; labels of 3 and 6 are doubtful by `OPINION`.
REVIEWS = """id,text,label,source
007,good film,yes,web
2,bad film,no,web
3,"dull, long",yes,app
4,"said ""wow"", loud",yes,app
5,短片很好,yes,app
6,not for me,no,web
"""
OPINION = """id,no,yes
6,0.1,0.9
5,0.2,0.8
4,0.3,0.7
3,0.9,0.1
2,0.8,0.2
007,0.05,0.95
"""


@pytest.fixture
def workspace(tmp_path: Path, write: Callable[..., Path]) -> Workspace:
    """A workspace with six samples loaded and no probabilities yet."""
    from labelviz.project.workspace import Workspace

    space = Workspace.create(tmp_path / "project")
    space.load(write(REVIEWS, "reviews.csv"), Columns("text", "label", id="id", slices=("source",)))
    return space


@pytest.fixture
def predicted(workspace: Workspace, write: Callable[..., Path]) -> Workspace:
    """The same workspace with probabilities from a file."""
    workspace.opinions.read_file(write(OPINION, "opinion.csv"))
    return workspace


@pytest.fixture
def space(predicted: Workspace) -> Workspace:
    """The same, checked: samples 3 and 6 are flagged."""
    predicted.flag()
    return predicted


@pytest.fixture(scope="session")
def demos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo workspaces, made once for all workers of a run; nobody changes them."""
    whole_run = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        whole_run = whole_run.parent
    home, made = whole_run / "demos", whole_run / "demos made"
    with locked(whole_run / "demos lock"):
        if not made.exists():
            command = [sys.executable, "data/demo.py", "open", str(home)]
            subprocess.run(command, cwd=ROOT, check=True)
            made.touch()
    return home


@pytest.fixture
def tagged(tmp_path: Path, write: Callable[..., Path]) -> Workspace:
    """Three places with several categories each, and a model's opinion."""
    from labelviz.project.workspace import Workspace

    project = Workspace.create(tmp_path / "tagged")
    rows = "id,text,label\na,tower with a hotel,hotel|tower\nb,small inn,hotel\nc,office,tower\n"
    project.load(write(rows, "places.csv"), Columns("text", "label", id="id", task="multilabel"))
    opinion = "id,hotel,tower\na,0.9,0.8\nb,0.9,0.2\nc,0.1,0.9\n"
    project.opinions.read_file(write(opinion, "opinion.csv"))
    return project
