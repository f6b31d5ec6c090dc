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
import re
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Generic

from labelviz.core.settings import Precision
from labelviz.errors import NOT_BEGUN, JobRefused, LabelvizError
from labelviz.models.folders import READ, place_of
from labelviz.models.place import Copy, Done, Model, Piece, written
from labelviz.models.precision import fastest

CORES = 8  # of a node without GPUs, for each copy
UNDER_WAY = 2  # pieces that a copy has: one that it does, one that it has got already
KNOCK_SECONDS = 10.0  # until somebody answers at an address
PATIENCE_SECONDS = 120.0  # until there is room for the first copy
TRIES = 3  # a piece that ended so many copies is at fault itself
LOADING_SECONDS = 1_800.0  # until it has loaded the model, which may come from the hub
TOGETHER_SECONDS = 20.0  # after the first one, for others to be there from the beginning
SENTENCE = (
    "Computed on a Ray cluster, by {copies} of the model on {nodes}, with Ray {version}, as far as "
    "it was not kept here before."
)
COLOURS = re.compile("\x1b\\[[0-9;]*m")
LONGEST_WORDS = 500


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
        *,
        anew: bool,
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
            with written(files, source) as folder:
                try:
                    exact = load(folder)
                except LabelvizError as error:
                    error.where = error.where.replace(folder, source)
                    raise
            exact = replace(exact, source=source)
        self.copy = Copy(exact, files if anew else None)
        node = ray.get_runtime_context().get_node_id()
        return Ready(node, exact.device, fastest(exact.device), exact.behaviour_hash)

    def hello(self) -> None:
        """Say that there was room."""

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
    failure : why the latest one could not be loaded.
    """

    exact: Model
    ready: dict[Any, Ready] = field(default_factory=dict)
    coming: dict[Any, Any] = field(default_factory=dict)
    at_work: set[tuple[str, int]] = field(default_factory=set)
    trouble: str = ""
    failure: Exception | None = None
    _least: Ready | None = None

    @property
    def device(self) -> str:
        """What they compute on."""
        return self._settled.device

    @property
    def fastest(self) -> Precision:
        """What the hardware of all of them multiplies fastest."""
        return self._settled.fastest

    @property
    def _settled(self) -> Ready:
        """The weakest of those that are ready; settled with the first question, for all that come.

        What a prediction is computed with does not change under it.
        """
        if self._least is None:
            self._least = min(self.ready.values(), key=_strength)
        return self._least

    @property
    def tokenises(self) -> bool:
        """Whether texts become tokens there: GPUs compute faster than one process makes them."""
        return self.device == "cuda"

    @property
    def sentence(self) -> str:
        """Where they are, for a person."""
        import ray

        nodes = {node for node, _ in self.at_work}
        if not nodes:
            return ""
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
        yield from _Turn(self, do, UNDER_WAY).through(pieces, in_order=True)

    def as_done(
        self, do: Callable[[Copy[Model], Piece], Done], pieces: Iterable[Piece]
    ) -> Iterator[tuple[Piece, Done]]:
        """The same for pieces that take long: each as it is done, and a copy has one at a time.

        What goes wrong with one is raised at once, when all that are done were handed back.

        Raises
        ------
        JobRefused : as for `in_turn`.
        """
        yield from _Turn(self, do, 1).through(pieces, in_order=False)

    def wait_for_one(self) -> None:
        """Wait until a copy is ready, and a moment for the others that come.

        Raises
        ------
        JobRefused : none came in time. Whatever kept all of them from loading.
        """
        import ray

        deadline = time.monotonic() + LOADING_SECONDS
        while self.coming and time.monotonic() < deadline:
            left = deadline - time.monotonic()
            told, _ = ray.wait(list(self.coming), num_returns=1, timeout=max(left, 0))
            for each in told:
                self.welcome(each)
            if told and self.ready:
                deadline = min(deadline, time.monotonic() + TOGETHER_SECONDS)
        if not self.ready:
            raise self.nobody_left()

    def nobody_left(self) -> Exception:
        """The error that there is no copy, or none any more."""
        return self.failure or JobRefused(
            "No copy of the model is left on the cluster.",
            where=self.trouble or "the Ray cluster",
            remedy="Look with `ray status` which of its nodes are there.",
        )

    def welcome(self, told: Any) -> None:
        """Take a copy that is loaded; one that cannot be, or is another model, is left out."""
        import ray

        handle = self.coming.pop(told)
        try:
            found = ray.get(told)
        except ray.exceptions.RayTaskError as error:
            self.failure = _cause(error)
            return
        except ray.exceptions.RayError as error:
            self.trouble = _words(error)
            return
        if found.behaviour != self.exact.behaviour_hash:
            self.failure = JobRefused(
                "A node of the cluster loaded another model than this machine.",
                where=self.exact.source,
                remedy="Name a folder instead of a hub id, which is carried to all nodes.",
            )
        elif self._least is None or _strength(found) >= _strength(self._least):
            self.ready[handle] = found

    def bury(self, handle: Any, error: Exception) -> bool:
        """Forget a copy that is gone; with its node, if that is gone, all that were there.

        Returns
        -------
        Whether the node is still there, so that what the copy did may have ended it.
        """
        import ray

        self.trouble = _words(error)
        about = self.ready.pop(handle, None)
        alive = {node["NodeID"] for node in ray.nodes() if node["Alive"]}
        for other, known in list(self.ready.items()):
            if known.node not in alive:
                del self.ready[other]
        return about is not None and about.node in alive


class _Turn:
    """Pieces on their way through some copies, one time.

    What goes wrong with one is raised when its turn comes, so that all before it are handed back;
    at once where there is no order.
    """

    def __init__(self, fleet: Fleet[Any], do: Callable[[Copy[Any], Any], Any], most: int) -> None:
        import ray

        self.fleet, self.do, self.most = fleet, ray.put(do), most
        self.under_way: dict[Any, tuple[Any, _Asked]] = {}
        self.again: deque[_Asked] = deque()
        self.done: dict[int, tuple[Any, Any]] = {}
        self.failed: dict[int, Exception] = {}

    def through(self, pieces: Iterable[Any], *, in_order: bool) -> Iterator[tuple[Any, Any]]:
        """Pieces and what came of them: in their order, or each as it is done."""
        coming = (_Asked(turn, piece) for turn, piece in enumerate(pieces))
        turn, more = 0, True
        while True:
            more = self._hand_out(coming, more=more)
            while (ready := turn if in_order else next(iter(self.done), turn)) in self.done:
                yield self.done.pop(ready)
                turn += 1
                more = self._hand_out(coming, more=more)
            wrong = self.failed.get(turn) if in_order else next(iter(self.failed.values()), None)
            if wrong is not None:
                raise wrong
            if not self.under_way and not self.again and not more:
                return
            self._wait()

    def _hand_out(self, coming: Iterator[_Asked], *, more: bool) -> bool:
        """Give pieces to copies that have too few; whether there may be more pieces."""
        while handle := self._least_busy():
            # What waits to be put in order is bounded, too, wherever the next one lingers.
            over = len(self.done) + len(self.failed)
            ahead = over > self.most * len(self.fleet.ready)
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
        return None if handle is None or counts[handle] >= self.most else handle

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
            handle, asked = self.under_way[each]
            try:
                self.done[asked.turn] = asked.piece, ray.get(each)
            except ray.exceptions.RayTaskError as error:
                self.failed[asked.turn] = _cause(error)
                del self.under_way[each]
            except ray.exceptions.RayError as error:
                self._gone(handle, error)
            else:
                del self.under_way[each]
                about = self.fleet.ready.get(handle)
                if about is not None:
                    self.fleet.at_work.add((about.node, id(handle)))

    def _gone(self, handle: Any, error: Exception) -> None:
        """Give the pieces of a copy that is gone to others, in their order.

        Raises
        ------
        JobRefused : no copy is left.
        """
        to_blame = self.fleet.bury(handle, error)
        lost = [each for each, (who, _) in self.under_way.items() if who is handle]
        for each in lost:  # it does one after the other, and was at the first
            _, asked = self.under_way.pop(each)
            ended = asked.ended + to_blame
            if ended == TRIES:
                self.failed[asked.turn] = JobRefused(
                    f"{TRIES} copies of the model ended, each at the same piece of work.",
                    where=_words(error),
                    remedy="Look in Ray's log whether their memory was enough.",
                )
            else:
                self.again.append(_Asked(asked.turn, asked.piece, ended))
            to_blame = False
        if not self.fleet.ready and not self.fleet.coming and not self.failed:
            raise self.fleet.nobody_left() from error


@contextmanager
def fleet(
    address: str,
    exact: Model,
    source: str | Path,
    load: Callable[[str | Path], Model],
    *,
    anew: bool = False,
) -> Iterator[Fleet[Model]]:
    """Copies of a model on the nodes of a Ray cluster, ready inside and gone afterwards.

    Parameters
    ----------
    address : "ray" for the cluster that this machine belongs to; else HOST:PORT, or ray://HOST:PORT
        from outside of it.
    exact : the model as it was loaded here.
    source : its folder, which is carried to the nodes, or its hub id.
    load : loads it there in the same way.
    anew : whether pieces load it anew there.

    Raises
    ------
    JobRefused : Ray is not installed, the cluster cannot be reached, or has no room.
    """
    ray = _connected(address)
    try:
        files = _files(source)
        carried = None if files is None else ray.put(files)
        found: Fleet[Model] = Fleet(exact)
        there = []
        for node, resources in _rooms(ray):
            handle = ray.remote(_Holder).options(
                **resources,
                scheduling_strategy=ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(
                    node, soft=False
                ),
            ).remote()  # fmt: skip
            there.append(handle.hello.remote())
            told = handle.ready.remote(version("labelviz"), carried, str(source), load, anew=anew)
            found.coming[told] = handle
        _wait_for_room(ray, there)
        found.wait_for_one()
        yield found
    finally:
        ray.shutdown()


def _wait_for_room(ray: Any, there: list[Any]) -> None:
    """Wait until Ray has found room for the first of some copies.

    Raises
    ------
    JobRefused : it did not in time.
    """
    if not there or not ray.wait(there, num_returns=1, timeout=PATIENCE_SECONDS)[0]:
        raise JobRefused(
            f"The cluster had no room for the model within {PATIENCE_SECONDS:.0f} s.",
            where="the Ray cluster",
            safe=NOT_BEGUN,
            remedy="Look with `ray status` whether other work has all of its cores.",
        )


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
            f"The Ray cluster cannot be reached: {_words(error).removesuffix('.')}.",
            where=address,
            safe=NOT_BEGUN,
            remedy="Start one with `ray start --head`, or name the address of one that runs: "
            "HOST:6379, or ray://HOST:10001 from outside of it. Its Ray and its Python have to be "
            "those of this machine.",
        ) from error
    return ray


def _knock(address: str) -> None:
    """Raise OSError where nobody answers at HOST:PORT; Ray would ask there for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), KNOCK_SECONDS).close()


def _rooms(ray: Any) -> Iterator[tuple[str, dict[str, int]]]:
    """A node and what a copy takes of it: a GPU, or where no node has one, some cores."""
    nodes = [node for node in ray.nodes() if node["Alive"]]
    by_gpu = any(node["Resources"].get("GPU", 0) >= 1 for node in nodes)
    for node in nodes:
        has = node["Resources"]
        cores, gpus = int(has.get("CPU", 0)), int(has.get("GPU", 0))
        count = gpus if by_gpu else -(-cores // CORES)
        for _ in range(count):
            share = {"num_cpus": max(cores // count, 1) if cores else 0}
            yield node["NodeID"], share | ({"num_gpus": 1} if gpus else {})


def _files(source: str | Path) -> dict[str, bytes] | None:
    """What a model folder holds that is read, by name; None for a hub id."""
    folder = place_of(source)
    if folder is None:
        return None
    return {
        each.name: each.read_bytes()
        for each in sorted(folder.iterdir())
        if each.is_file() and each.suffix in READ
    }


def _cause(error: Any) -> Exception:
    """What went wrong in a copy, as it was raised there."""
    cause = error.cause
    found = cause if isinstance(cause, Exception) else RuntimeError(str(error))
    found.__cause__ = found.__cause__ or error  # whose trace is that of the other machine
    return found


def _words(error: Exception) -> str:
    """What Ray says, in one line; the reason stands at its end, or in the lines between."""
    said = " ".join(COLOURS.sub("", str(error)).split())
    return said if len(said) <= LONGEST_WORDS else f"{said[:LONGEST_WORDS]}…"


def _strength(ready: Ready) -> tuple[bool, bool]:
    """By what a copy can do: on a GPU, in bfloat16."""
    return ready.device == "cuda", ready.fastest == "bfloat16"


def _counted(count: int, one: str, several: str) -> str:
    return f"1 {one}" if count == 1 else f"{count} {several}"
