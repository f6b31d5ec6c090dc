"""The fields of a value as named columns and back, by the axes they are declared along."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import Field
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from labelviz.core.axes import arrays_of, axes_of, declared, holds

Column = npt.NDArray[Any]
# What columns are called whose fields have other names.
NAMES = MappingProxyType(
    {
        "ids": "id",
        "texts": "text",
        "annotators": "annotator",
        "slices": "slice",
        "values": "p",
        "folds": "fold",
        "scores": "score",
        "parts": "part",
    }
)


def columns_of(value: Any, but: Collection[str] = ()) -> dict[str, Column]:
    """The arrays of a value as 1-D columns: `score`, `slice:NAME`, `soft:0`, `soft:1`.

    Parameters
    ----------
    but : fields that are left out.
    """
    columns: dict[str, Column] = {}
    for each in declared(value):
        if each.name not in but:
            for name, array in arrays_of(value, each).items():
                columns |= _spread(_prefix(each, name), array)
    return columns


def names_of(value: Any) -> dict[str, Any]:
    """What has to be known to find the columns again: names, and how many there are in turn."""
    found: dict[str, Any] = {}
    for each in declared(value):
        arrays = arrays_of(value, each)
        if holds(each) == "named":
            found[each.name] = list(arrays)
        if holds(each) == "in turn":
            found[each.name] = len(arrays)
    return found


def fields_of(
    kind: type, columns: Mapping[str, Column], names: Mapping[str, Any], widths: Mapping[str, int]
) -> dict[str, Any]:
    """The fields that `columns_of` wrote; those that have no columns are left out.

    Parameters
    ----------
    names : what `names_of` gave, among other things.
    widths : length of the second axis, by its name; 0 where there is no such axis.

    Raises
    ------
    KeyError : a column that should be there is not.
    """
    found: dict[str, Any] = {}
    for each in declared(kind):
        width = widths[axes_of(each)[1]] if len(axes_of(each)) > 1 else 0
        if holds(each) == "named":
            found[each.name] = {
                name: _gathered(columns, _prefix(each, name), width) for name in names[each.name]
            }
        elif holds(each) == "in turn":
            turns = range(names[each.name])
            found[each.name] = tuple(
                _gathered(columns, _prefix(each, str(turn)), width) for turn in turns
            )
        elif (
            holds(each) == "array" and (f"{_prefix(each)}:0" if width else _prefix(each)) in columns
        ):
            found[each.name] = _gathered(columns, _prefix(each), width)
    return found


def _prefix(each: Field[Any], name: str = "") -> str:
    column = NAMES.get(each.name, each.name)
    return column if holds(each) == "array" else f"{column}:{name}"


def _spread(prefix: str, array: Column) -> dict[str, Column]:
    if array.ndim == 1:
        return {prefix: array}
    return {f"{prefix}:{k}": array[:, k] for k in range(array.shape[1])}


def _gathered(columns: Mapping[str, Column], prefix: str, width: int) -> Column:
    if not width:
        return columns[prefix]
    return np.stack([columns[f"{prefix}:{k}"] for k in range(width)], axis=1)
