"""Array types of the core, and how an array becomes read-only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
FEW_COLUMNS = 32  # above, numpy is as fast row by row
Strings = npt.NDArray[np.object_]  # A 1-D object array that holds only `str`


def read_only(array: npt.ArrayLike, dtype: Any = None) -> npt.NDArray[Any]:
    """Return `array` as a read-only array, copied only if somebody else could still write to it."""
    result = np.asarray(array, dtype=dtype)
    owner = result
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    if owner.flags.writeable:
        result = result.copy() if result is array or result.base is not None else result
        result.setflags(write=False)
    return result


def highest(rows: Floats) -> Floats:
    """(N,) the highest of each row of (N, K): column by column, which is faster for few."""
    if rows.shape[1] > FEW_COLUMNS:
        return np.asarray(rows.max(axis=1))
    found = rows[:, 0].copy()
    for k in range(1, rows.shape[1]):
        np.maximum(found, rows[:, k], out=found)
    return found


def strings(values: Iterable[str]) -> Strings:
    """Return the texts as a read-only (N,) object array."""
    listed = list(values)
    result: Strings = np.empty(len(listed), dtype=object)
    result[:] = listed
    result.setflags(write=False)
    return result


def told_apart(values: Iterable[str]) -> tuple[Integers, list[str]]:
    """(N,) the number of each text, and the different ones by number, as they first occur."""
    listed = list(values)
    number = {each: place for place, each in enumerate(dict.fromkeys(listed))}
    return np.fromiter(map(number.__getitem__, listed), np.int64, len(listed)), list(number)
