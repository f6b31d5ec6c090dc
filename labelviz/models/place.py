"""Place: where copies of a model compute: here, or on the nodes of a cluster.

Whatever the place, pieces of work come back in the order in which they were given.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from labelviz.core.settings import Precision
from labelviz.models import precision
from labelviz.models.loading import Encoder

UNDER_WAY = 2  # pieces that a copy has: one that it does, one that it has got already
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
        with written(self._files) as folder:
            yield folder

    def within(self, asked: Precision) -> Model:
        """The model in a precision."""
        if asked == "float32":
            return self.exact
        if self._low is None:
            self._low = self.exact.in_precision(asked)
        return self._low


@contextmanager
def written(files: Mapping[str, bytes]) -> Iterator[str]:
    """A folder of these files, for a while."""
    with tempfile.TemporaryDirectory(prefix="labelviz-model-") as folder:
        for name, content in files.items():
            Path(folder, name).write_bytes(content)
        yield folder


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
        self,
        do: Callable[[Copy[Model], Piece], Done],
        pieces: Iterable[Piece],
        ahead: int = UNDER_WAY,
    ) -> Iterator[tuple[Piece, Done]]:
        """Have each piece done by some copy; pieces and what came of them, in their order.

        Parameters
        ----------
        ahead : how many a copy has at a time.
        """


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
        self,
        do: Callable[[Copy[Model], Piece], Done],
        pieces: Iterable[Piece],
        ahead: int = UNDER_WAY,  # noqa: ARG002 - they come one by one
    ) -> Iterator[tuple[Piece, Done]]:
        """Do one piece after the other."""
        for piece in pieces:
            yield piece, do(self._copy, piece)


def place_for(
    on: str, exact: Model, source: str | Path, load: Callable[[str | Path], Model]
) -> AbstractContextManager[Place[Model]]:
    """Where a model computes, ready inside.

    Parameters
    ----------
    on : "ray" or the address of a Ray cluster; empty for here.
    exact : the model as it was loaded here.
    source : its folder, or hub id.
    load : loads it in the same way elsewhere.

    Raises
    ------
    JobRefused : the cluster cannot be reached, or has no room.
    """
    if not on:
        return nullcontext(Here(exact))
    from labelviz.models.cluster import fleet

    return fleet(on, exact, source, load)
