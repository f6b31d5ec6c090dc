"""Threads of linear algebra: one, where vectors and matrices are short."""

from __future__ import annotations

from contextlib import AbstractContextManager


def one_thread() -> AbstractContextManager[object]:
    """Linear algebra in one thread, within a `with`.

    Threads wait for one another by spinning. What takes a millisecond then takes seconds where
    other programs have the cores: the fit to 200 verdicts took 285 s in two threads on two busy
    cores, and 2 s in one. And one thread adds up in a fixed order.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    limits: AbstractContextManager[object] = threadpool_limits(1)
    return limits
