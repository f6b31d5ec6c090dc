"""The group of processes that train one model together; most often one process alone.

Each process computes the gradients of its share of a step's parts, they are summed, and every
process takes the same step of the optimiser. So all have the same weights all the time, and the
first alone writes them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

from labelviz.processes import LOCAL, RANK, SIZE, STORE, started_together

if TYPE_CHECKING:
    from torch import Tensor

Item = TypeVar("Item")
Array = TypeVar("Array", bound=npt.NDArray[np.floating[Any]])


class ProcessEnded(Exception):
    """Another process of the group ended before its work was done."""


@dataclass(frozen=True)
class Group:
    """The processes that work on one training, and which of them this one is.

    Parameters
    ----------
    rank : this process, from 0.
    size : how many there are.
    """

    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        """Whether this process is the one that writes and reports."""
        return self.rank == 0

    def share(self, items: Iterable[Item]) -> Sequence[Item]:
        """What this process does of what there is to do: every so many-th."""
        return list(items)[self.rank :: self.size]

    def wait(self) -> None:
        """Go on once every process has come here.

        Raises
        ------
        ProcessEnded : one of them ended.
        """
        self.added([0.0])

    def added(self, numbers: Sequence[float]) -> list[float]:
        """The numbers of all processes, summed in float64; every process has as many.

        Raises
        ------
        ProcessEnded : one of them ended.
        """
        return [float(each) for each in self.gathered(np.array(numbers, dtype=np.float64))]

    def gathered(self, values: Array) -> Array:
        """The sum of an array over all processes: what all have, where each has a share and 0 else.

        Raises
        ------
        ProcessEnded : one of them ended.
        """
        import torch

        if self.size == 1:
            return values
        device = "cuda" if torch.distributed.get_backend() == "nccl" else "cpu"
        summed = torch.from_numpy(values).to(device)
        self.add([summed])
        return cast(Array, summed.cpu().numpy())

    def told(self, value: Any) -> Any:
        """What the first process has, in all of them.

        Raises
        ------
        ProcessEnded : one of them ended.
        """
        import torch

        values = [value]
        if self.size > 1:
            try:
                torch.distributed.broadcast_object_list(values)
            except RuntimeError as error:
                raise ProcessEnded(str(error)) from error
        return values[0]

    def add(self, tensors: Sequence[Tensor]) -> None:
        """Make of each tensor the sum over all processes, in place and to the same bits in all.

        Raises
        ------
        ProcessEnded : one of them ended.
        """
        import torch

        if self.size == 1:
            return
        try:
            begun = [torch.distributed.all_reduce(each, async_op=True) for each in tensors]
            for each in begun:
                each.wait()
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:  # as all ways of losing a connection are raised
            raise ProcessEnded(str(error)) from error


ALONE = Group()


@contextmanager
def joined() -> Iterator[Group]:
    """The group that this process belongs to; on a GPU of its own where there are any.

    One that was begun already is used and left as it is.

    Raises
    ------
    ProcessEnded : another process ended before all had come together.
    """
    import torch

    if torch.distributed.is_available() and torch.distributed.is_initialized():
        yield Group(torch.distributed.get_rank(), torch.distributed.get_world_size())
        return
    if not started_together():
        yield ALONE
        return
    # Imported once there is a group, its functions would keep it as a default, and the threads of a
    # group that is left at the end of the program abort it.
    import torch.distributed.nn.functional

    group = Group(int(os.environ[RANK]), int(os.environ[SIZE]))
    on_gpu = torch.cuda.is_available()
    if on_gpu:
        torch.cuda.set_device(int(os.environ.get(LOCAL) or group.rank))
    where: dict[str, Any] = {}
    if store := os.environ.get(STORE):
        where = {"init_method": f"file://{store}", "rank": group.rank, "world_size": group.size}
    try:
        torch.distributed.init_process_group("nccl" if on_gpu else "gloo", **where)
    except RuntimeError as error:
        raise ProcessEnded(str(error)) from error
    yield group
    torch.distributed.destroy_process_group()  # not after an error: others might never answer
