"""Array types of the core, and how an array becomes read-only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
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


def strings(values: Iterable[str]) -> Strings:
    """Return the texts as a read-only (N,) object array."""
    listed = list(values)
    result: Strings = np.empty(len(listed), dtype=object)
    result[:] = listed
    result.setflags(write=False)
    return result
