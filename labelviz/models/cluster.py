"""Cluster: copies of a model on the nodes of a Ray cluster, one for each GPU or for some cores.

Ray carries the pieces to the copies and what came of them back (Moritz et al. 2018,
arXiv:1712.05889), tells when one is gone, and takes its room back when this process ends. What is
left to do here is little: a piece whose copy is gone is given to another one, so that a node that
dies costs the pieces it had, and what comes back is put in order.

Ray's own libraries for data start the copies anew for each set of data and want to know all of it
before; here pieces are made while others are done, and few are under way at any time.
"""

from __future__ import annotations

import logging
import socket
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Generic

from labelviz.core.settings import Precision
from labelviz.errors import NOT_BEGUN, JobRefused
from labelviz.models.folders import READ
from labelviz.models.place import Copy, Done, Model, Piece
from labelviz.models.precision import fastest

CORES = 8  # of a node without GPUs, for each copy
UNDER_WAY = 2  # pieces that a copy has: one that it does, one that it has got already
KNOCK_SECONDS = 10.0  # until somebody answers at an address
PATIENCE_SECONDS = 120.0  # until the first copy is ready
TRIES = 3  # a piece that ended so many copies is at fault itself
SENTENCE = "Computed on a Ray cluster, by {copies} of the model on {nodes}, with Ray {version}."
SAFE = "All batches that were finished are kept."


@dataclass(frozen=True)
class Ready:
    """What a copy says of itself once it is loaded."""

    node: str
    device: str
    fastest: Precision
    behaviour: str


class _Holder(Generic[Model]):
    """Holds one copy, in a process on a node."""

    def ready(
        self,
        ours: str,
        files: Mapping[str, bytes] | None,
        source: str,
        load: Callable[[str | Path], Model],
    ) -> Ready:
        """Load the copy: from these files, else from the hub.

        Raises
        ------
        JobRefused : this node has another labelviz than the machine that asks.
        """
        import ray

        if ours != version("labelviz"):
            raise JobRefused(
                f"A node of the cluster has labelviz {version('labelviz')}, and this machine "
                f"{ours}.",
                where="the Ray cluster",
                safe=NOT_BEGUN,
                remedy="Install the same version on all of its nodes.",
            )
        if files is None:
            exact = load(source)
        else:
            with tempfile.TemporaryDirectory(prefix="labelviz-model-") as folder:
                for name, content in files.items():
                    Path(folder, name).write_bytes(content)
                exact = load(folder)
        self.copy = Copy(exact)
        node = ray.get_runtime_context().get_node_id()
        return Ready(node, exact.device, fastest(exact.device), exact.behaviour_hash)

    def do(self, act: Callable[[Copy[Model], Any], Any], piece: Any) -> Any:
        """Do a piece."""
        return act(self.copy, piece)


@dataclass(frozen=True, eq=False)
class _Asked:
    """A piece under way: which it is in the order, and how many copies it has ended."""

    turn: int
    piece: Any
    ended: int = 0


@dataclass(eq=False)
class Fleet(Generic[Model]):
    """Copies of a model on the nodes of a cluster.

    Parameters
    ----------
    ready : what those said of themselves that can work, by their handle.
    coming : those that are being loaded, by what will tell that they are ready.
    at_work : node and number of each that did a piece.
    trouble : why the latest one ended, as Ray says it.
    """

    exact: Model
    ready: dict[Any, Ready] = field(default_factory=dict)
    coming: dict[Any, Any] = field(default_factory=dict)
    at_work: set[tuple[str, int]] = field(default_factory=set)
    trouble: str = ""

    @property
    def device(self) -> str:
        """What they compute on; "cpu" where one of them does."""
        every = {each.device for each in self.ready.values()}
        return "cuda" if every == {"cuda"} else "cpu"

    def fastest(self, device: str) -> Precision:  # noqa: ARG002 - theirs
        """What the hardware of all of them multiplies fastest."""
        every = {each.fastest for each in self.ready.values()}
        return "bfloat16" if every == {"bfloat16"} else "float32"

    @property
    def tokenises(self) -> bool:
        """Whether texts become tokens there: GPUs compute faster than one process makes them."""
        return self.device == "cuda"

    @property
    def sentence(self) -> str:
        """Where they are, for a person."""
        import ray

        nodes = {node for node, _ in self.at_work}
        return SENTENCE.format(
            copies=_counted(len(self.at_work), "copy", "copies"),
            nodes=_counted(len(nodes), "node", "nodes"), version=ray.__version__,
        )  # fmt: skip

    def in_turn(
        self, do: Callable[[Copy[Model], Piece], Done], pieces: Iterable[Piece]
    ) -> Iterator[tuple[Piece, Done]]:
        """Have each piece done by some copy; pieces and what came of them, in their order.

        Raises
        ------
        JobRefused : no copy is left, or a piece ends every copy that it is given to.
        """
        yield from _Turn(self, do).through(pieces)

    def wait_for_one(self) -> None:
        """Wait until a copy is ready, and take those that are ready with it.

        Raises
        ------
        JobRefused : none came in time.
        """
        import ray

        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.coming and not self.ready:
            left = deadline - time.monotonic()
            told, _ = ray.wait(list(self.coming), num_returns=1, timeout=max(left, 0))
            if not told:
                raise JobRefused(
                    f"No copy of the model was ready after {PATIENCE_SECONDS:.0f} s.",
                    where="the Ray cluster",
                    safe=NOT_BEGUN,
                    remedy="Look with `ray status` whether other work has all of its cores.",
                )
            for each in told:
                self.welcome(each)
        if not self.ready:
            raise self.nobody_left()

    def nobody_left(self) -> JobRefused:
        """The error that there is no copy any more."""
        return JobRefused(
            "No copy of the model is left on the cluster.",
            where=self.trouble or "the Ray cluster",
            safe=SAFE,
            remedy="Look with `ray status` which of its nodes are there; run the same again to go "
            "on.",
        )

    def welcome(self, told: Any) -> None:
        """Take a copy that is loaded; one that died meanwhile is forgotten.

        Raises
        ------
        JobRefused : it runs another labelviz, or another model. Whatever keeps it from loading.
        """
        import ray

        handle = self.coming.pop(told)
        try:
            found = ray.get(told)
        except ray.exceptions.RayTaskError as error:
            raise _cause(error) from error
        except ray.exceptions.RayError as error:
            self.trouble = _first_line(error)
            return
        if found.behaviour != self.exact.behaviour_hash:
            raise JobRefused(
                "A node of the cluster loaded another model than this machine.",
                where=self.exact.source,
                safe=NOT_BEGUN,
                remedy="Name a folder instead of a hub id, which is carried to all nodes.",
            )
        self.ready[handle] = found


class _Turn:
    """Pieces on their way through some copies, one time."""

    def __init__(self, fleet: Fleet[Any], do: Callable[[Copy[Any], Any], Any]) -> None:
        import ray

        self.fleet, self.do = fleet, ray.put(do)
        self.under_way: dict[Any, tuple[Any, _Asked]] = {}
        self.again: deque[_Asked] = deque()
        self.done: dict[int, tuple[Any, Any]] = {}

    def through(self, pieces: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        """Pieces and what came of them, in their order."""
        coming = (_Asked(turn, piece) for turn, piece in enumerate(pieces))
        turn, more = 0, True
        while True:
            more = self._hand_out(coming, more=more)
            while turn in self.done:
                yield self.done.pop(turn)
                turn += 1
                more = self._hand_out(coming, more=more)
            if not self.under_way and not self.again and not more:
                return
            self._wait()

    def _hand_out(self, coming: Iterator[_Asked], *, more: bool) -> bool:
        """Give pieces to copies that have too few; whether there may be more pieces."""
        while handle := self._least_busy():
            # What waits to be put in order is bounded, too, wherever the next one lingers.
            ahead = len(self.done) > UNDER_WAY * len(self.fleet.ready)
            if self.again:
                asked = self.again.popleft()
            elif not more or ahead:
                return more
            elif (fresh := next(coming, None)) is None:
                return False
            else:
                asked = fresh
            told = handle.do.remote(self.do, asked.piece)
            self.under_way[told] = handle, asked
        return more

    def _least_busy(self) -> Any | None:
        """The copy with the fewest pieces; None where all have enough."""
        counts = dict.fromkeys(self.fleet.ready, 0)
        for handle, _ in self.under_way.values():
            if handle in counts:
                counts[handle] += 1
        handle = min(counts, key=counts.__getitem__, default=None)
        return None if handle is None or counts[handle] >= UNDER_WAY else handle

    def _wait(self) -> None:
        """Wait until something happens: a piece is done, a copy is ready, or one is gone."""
        import ray

        if not self.under_way and not self.fleet.ready:
            self.fleet.wait_for_one()
            return
        told, _ = ray.wait([*self.under_way, *self.fleet.coming], num_returns=1)
        for each in told:
            if each in self.fleet.coming:
                self.fleet.welcome(each)
                continue
            handle, asked = self.under_way.pop(each)
            try:
                self.done[asked.turn] = asked.piece, ray.get(each)
            except ray.exceptions.RayTaskError as error:
                raise _cause(error) from error
            except ray.exceptions.RayError as error:
                self._gone(handle, asked, error)
            else:
                about = self.fleet.ready.get(handle)
                if about is not None:
                    self.fleet.at_work.add((about.node, id(handle)))

    def _gone(self, handle: Any, asked: _Asked, error: Exception) -> None:
        """Give the pieces of a copy that is gone to others, in their order.

        Raises
        ------
        JobRefused : no copy is left, or this piece has ended several.
        """
        self.fleet.ready.pop(handle, None)
        self.fleet.trouble = _first_line(error)
        asked = _Asked(asked.turn, asked.piece, asked.ended + 1)
        if asked.ended == TRIES:
            raise JobRefused(
                f"{TRIES} copies of the model ended, each at the same batch.",
                where=_first_line(error),
                safe=SAFE,
                remedy="Look in Ray's log whether their memory was enough; run the same again to "
                "go on.",
            ) from error
        self.again.append(asked)
        if not self.fleet.ready and not self.fleet.coming:
            raise self.fleet.nobody_left() from error


@contextmanager
def fleet(
    address: str, exact: Model, source: str | Path, load: Callable[[str | Path], Model]
) -> Iterator[Fleet[Model]]:
    """Copies of a model on the nodes of a Ray cluster, ready inside and gone afterwards.

    Parameters
    ----------
    address : "ray" for the cluster that this machine belongs to; else HOST:PORT, or ray://HOST:PORT
        from outside of it.
    exact : the model as it was loaded here.
    source : its folder, which is carried to the nodes, or its hub id.
    load : loads it there in the same way.

    Raises
    ------
    JobRefused : Ray is not installed, the cluster cannot be reached, or has no room.
    """
    ray = _connected(address)
    try:
        files = _files(Path(source)) if Path(source).is_dir() else None
        carried = None if files is None else ray.put(files)
        found: Fleet[Model] = Fleet(exact)
        for node, resources in _rooms(ray):
            handle = ray.remote(_Holder).options(
                **resources,
                scheduling_strategy=ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(
                    node, soft=False
                ),
            ).remote()  # fmt: skip
            told = handle.ready.remote(version("labelviz"), carried, str(source), load)
            found.coming[told] = handle
        found.wait_for_one()
        yield found
    finally:
        ray.shutdown()


def _connected(address: str) -> Any:
    """Ray, connected to a cluster."""
    try:
        import ray
        import ray.util.scheduling_strategies
    except ImportError as error:
        raise JobRefused(
            "Ray is not installed here.",
            safe=NOT_BEGUN,
            remedy="Install it, in the version of the cluster: pip install labelviz[cluster]",
        ) from error
    known = "auto" if address == "ray" else address
    try:
        _knock(known)
        ray.init(
            address=known, logging_level=logging.ERROR, log_to_driver=False,
            namespace="labelviz",
        )  # fmt: skip
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        raise JobRefused(
            f"The Ray cluster cannot be reached: {_first_line(error)}",
            where=address,
            safe=NOT_BEGUN,
            remedy="Start one with `ray start --head`, or name the address of one that runs: "
            "HOST:6379, or ray://HOST:10001 from outside of it.",
        ) from error
    return ray


def _knock(address: str) -> None:
    """Raise OSError where nobody answers at HOST:PORT; Ray would ask there for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), KNOCK_SECONDS).close()


def _rooms(ray: Any) -> Iterator[tuple[str, dict[str, int]]]:
    """A node and what a copy takes of it, for each copy: a GPU, else some cores."""
    for node in ray.nodes():
        has = node["Resources"] if node["Alive"] else {}
        cores, gpus = int(has.get("CPU", 0)), int(has.get("GPU", 0))
        count = gpus or -(-cores // CORES)
        for _ in range(count):
            share = {"num_cpus": max(cores // count, 1) if cores else 0}
            yield node["NodeID"], share | ({"num_gpus": 1} if gpus else {})


def _files(folder: Path) -> dict[str, bytes]:
    """What a model folder holds that is read, by name."""
    return {
        each.name: each.read_bytes()
        for each in sorted(folder.iterdir())
        if each.is_file() and each.suffix in READ
    }


def _cause(error: Any) -> Exception:
    """What went wrong in a copy, as it was raised there."""
    cause = error.cause
    return cause if isinstance(cause, Exception) else RuntimeError(str(error))


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _counted(count: int, one: str, several: str) -> str:
    return f"1 {one}" if count == 1 else f"{count} {several}"
