"""Place: where copies of a model compute: here, or on the nodes of a cluster.

Whatever the place, pieces of work come back in the order in which they were given.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from labelviz.core.settings import Precision
from labelviz.models import precision
from labelviz.models.loading import Encoder

FOLDERS = "labelviz-node"  # how names of temporary folders begin
ABANDONED_SECONDS = 48 * 3600.0
COMPARED: tuple[Precision, Precision] = ("float32", "bfloat16")
Model = TypeVar("Model", bound=Encoder)
Piece = TypeVar("Piece")
Done = TypeVar("Done")


class Copy(Generic[Model]):
    """A model that was loaded, and the same in bfloat16 once somebody asks for it.

    Parameters
    ----------
    files : what its folder holds, by name, where that is on another machine.
    """

    def __init__(self, exact: Model, files: Mapping[str, bytes] | None = None) -> None:
        self.exact = exact
        self._files = files
        self._low: Model | None = None

    @contextmanager
    def lying(self) -> Iterator[str]:
        """Its folder or hub id, for whoever loads it anew on this machine."""
        if self._files is None:
            yield self.exact.source
            return
        with written(self._files, self.exact.source) as folder:
            yield folder

    def within(self, asked: Precision) -> Model:
        """The model in a precision."""
        if asked == "float32":
            return self.exact
        if self._low is None:
            self._low = self.exact.in_precision(asked)
        return self._low


@contextmanager
def written(files: Mapping[str, bytes], source: str) -> Iterator[str]:
    """A folder of these files for a while, with the last two names of the one they are from."""
    with own_folder("model") as whole:
        folder = whole.joinpath(*(name for name in Path(source).parts[-2:] if name.strip("./")))
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        yield str(folder)


@contextmanager
def own_folder(kind: str) -> Iterator[Path]:
    """A temporary folder of this process; old ones of processes that were killed go first.

    Other machines and containers may share the place, so that a process that is not seen here says
    nothing of a folder that is not old.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{FOLDERS}-*"):
        found = re.fullmatch(rf"{FOLDERS}-[a-z]+-(\d+)-\w+", left.name)
        with suppress(OSError):
            old = time.time() - left.stat().st_mtime > ABANDONED_SECONDS
            if old and found and not Path("/proc", found[1]).exists():
                shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix=f"{FOLDERS}-{kind}-{os.getpid()}-") as folder:
        yield Path(folder)


class Place(Protocol[Model]):
    """Where copies of one model compute."""

    @property
    def device(self) -> str:
        """What they compute on, "cuda" or "cpu"."""

    @property
    def fastest(self) -> Precision:
        """What the hardware of all of them multiplies fastest."""

    @property
    def tokenises(self) -> bool:
        """Whether texts become tokens there: where one process could not feed them."""

    @property
    def sentence(self) -> str:
        """Where that is, for a person; empty where it is here."""

    def in_turn(
        self, do: Callable[[Copy[Model], Piece], Done], pieces: Iterable[Piece]
    ) -> Iterator[tuple[Piece, Done]]:
        """Have each piece done by some copy; pieces and what came of them, in their order."""

    def as_done(
        self, do: Callable[[Copy[Model], Piece], Done], pieces: Iterable[Piece]
    ) -> Iterator[tuple[Piece, Done]]:
        """The same for pieces that take long: each as it is done, and a copy has one at a time."""


class Here(Generic[Model]):
    """One copy in this process."""

    sentence = ""
    tokenises = False

    def __init__(self, exact: Model) -> None:
        self._copy = Copy(exact)

    @property
    def device(self) -> str:
        """What it computes on."""
        return self._copy.exact.device

    @property
    def fastest(self) -> Precision:
        """What this hardware multiplies fastest."""
        return precision.fastest(self.device)

    def in_turn(
        self, do: Callable[[Copy[Model], Piece], Done], pieces: Iterable[Piece]
    ) -> Iterator[tuple[Piece, Done]]:
        """Do one piece after the other."""
        for piece in pieces:
            yield piece, do(self._copy, piece)

    as_done = in_turn


def place_for(
    on: str,
    exact: Model,
    source: str | Path,
    load: Callable[[str | Path], Model],
    *,
    anew: bool = False,
) -> AbstractContextManager[Place[Model]]:
    """Where a model computes, ready inside.

    Parameters
    ----------
    on : "ray" or the address of a Ray cluster; empty for here.
    exact : the model as it was loaded here.
    source : its folder, or hub id.
    load : loads it in the same way elsewhere.
    anew : whether pieces load it anew, and ask where it is lying.

    Raises
    ------
    JobRefused : the cluster cannot be reached, or has no room.
    """
    if not on:
        return nullcontext(Here(exact))
    from labelviz.models.cluster import fleet

    return fleet(on, exact, source, load, anew=anew)
