"""Axes: what each dimension of a value's arrays counts, said once where its field is declared.

Copies in another order, checks of shape and columns on disk all follow from the declaration, so
that a field which is added later is copied, checked and kept like the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, field, fields, replace
from functools import partial
from types import MappingProxyType
from typing import Any, Literal, TypeVar

import numpy as np

from labelviz.core.arrays import Integers, read_only

Value = TypeVar("Value")
Holds = Literal["array", "named", "in turn", "text"]
MISSING = -1  # A label that is not there
# Of the samples; of the classes; of the classes in a multi-label value, and no axis at all in a
# single-label one, whose numbers are class indices or MISSING.
SAMPLE, CLASS, LABEL = "sample", "class", "label"
PLURAL = {SAMPLE: "samples", CLASS: "classes", LABEL: "classes"}


def along(*axes: str, dtype: Any = None, **more: Any) -> Any:
    """A dataclass field that holds one array with these axes, or None; no axes: no array.

    Parameters
    ----------
    dtype : what its numbers are turned into.
    more : as for `dataclasses.field`.
    """
    return field(metadata=_declared("array", axes, dtype), **more)


def named(*axes: str, dtype: Any = None, **more: Any) -> Any:
    """A dataclass field that holds arrays with these axes by name."""
    return field(metadata=_declared("named", axes, dtype), **more)


def in_turn(*axes: str, dtype: Any = None, **more: Any) -> Any:
    """A dataclass field that holds a tuple of arrays with these axes."""
    return field(metadata=_declared("in turn", axes, dtype), **more)


def texts_along(axis: str, **more: Any) -> Any:
    """A dataclass field that holds a tuple of text along one axis, such as the class names."""
    return field(metadata=_declared("text", (axis,), None), **more)


def _declared(holds: Holds, axes: tuple[str, ...], dtype: Any) -> dict[str, Any]:
    return {"axes": axes, "holds": holds, "dtype": dtype}


def axes_of(each: Field[Any]) -> tuple[str, ...]:
    """The axes of a field.

    Raises
    ------
    TypeError : it was declared without saying them.
    """
    if "axes" not in each.metadata:
        raise TypeError(f"the field {each.name} does not say along which axes it lies")
    axes: tuple[str, ...] = each.metadata["axes"]
    return axes


def declared(value: Any) -> Iterator[Field[Any]]:
    """The fields of a dataclass, or of its type, that have axes."""
    return (each for each in fields(value) if axes_of(each))


def holds(each: Field[Any]) -> Holds:
    """Whether a field holds one array, arrays by name, arrays in turn or a tuple of text."""
    kind: Holds = each.metadata["holds"]
    return kind


def arrays_of(value: Any, each: Field[Any]) -> dict[str, Any]:
    """The arrays in a field: by their names, in turn by their numbers, one alone by empty text."""
    held = getattr(value, each.name)
    if held is None or holds(each) == "text":
        return {}
    if holds(each) == "named":
        return dict(held)
    if holds(each) == "in turn":
        return {str(turn): array for turn, array in enumerate(held)}
    return {"": held}


def freeze(value: Any) -> None:
    """Make the arrays of a frozen dataclass that is being built read-only, of their dtypes."""
    for each in declared(value):
        if holds(each) != "text":
            fixed = partial(read_only, dtype=each.metadata["dtype"])
            object.__setattr__(value, each.name, _mapped(getattr(value, each.name), each, fixed))


def misshapen(value: Any, sizes: Mapping[str, int]) -> str:
    """What does not fit these lengths of axes, in a sentence; empty where all does.

    Parameters
    ----------
    sizes : by axis; one that is not among them may have any length. LABEL has 0 in a single-label
        value, and may be there or not where it is not among them.
    """
    for each in declared(value):
        axes = axes_of(each)
        for array in arrays_of(value, each).values():
            said = axes[:-1] if _is_index(array, axes, sizes) else axes
            expected = [sizes.get(axis) for axis in said]
            fits = array.ndim == len(said) and all(
                size is None or size == there
                for size, there in zip(expected, array.shape, strict=True)
            )
            if not fits:
                return _misfit(each.name, array.shape, said, expected)
    return ""


def _is_index(array: Any, axes: tuple[str, ...], sizes: Mapping[str, int]) -> bool:
    """Whether labels are, or should be, class indices, and so lack the last axis."""
    if axes[-1] != LABEL:
        return False
    return sizes[LABEL] == 0 if LABEL in sizes else array.ndim < len(axes)


def _misfit(
    name: str, shape: tuple[int, ...], axes: tuple[str, ...], expected: list[int | None]
) -> str:
    there = " by ".join(map(str, shape)) or "none"
    wanted = " by ".join("any" if size is None else str(size) for size in expected)
    counted = ", ".join(PLURAL[axis] for axis in axes)
    return f"“{name}” has shape {there}, expected {wanted} ({counted})."


def reordered(value: Value, orders: Mapping[str, Integers]) -> Value:
    """A copy with the positions along some axes chosen anew; other axes stay as they are.

    Parameters
    ----------
    orders : by axis, the positions to take, in their new order. All classes have to be among those
        of CLASS, since labels that are class indices are numbered anew.
    """
    changes = {
        each.name: _mapped(getattr(value, each.name), each, _taker(each, orders))
        for each in declared(value)
    }
    return replace(value, **changes)  # type: ignore[type-var]


def _taker(each: Field[Any], orders: Mapping[str, Integers]) -> Callable[[Any], Any]:
    def taken(array: Any) -> Any:
        if holds(each) == "text":
            (axis,) = axes_of(each)
            return tuple(array[k] for k in orders[axis]) if axis in orders else array
        axes = axes_of(each)
        if axes[-1] == LABEL and array.ndim < len(axes) and CLASS in orders:
            array = np.append(np.argsort(orders[CLASS]), MISSING)[array]
        for position, axis in enumerate(axes[: array.ndim]):
            order = orders.get(CLASS if axis == LABEL else axis)
            array = array if order is None else array.take(order, axis=position)
        return array

    return taken


def _mapped(held: Any, each: Field[Any], function: Callable[[Any], Any]) -> Any:
    """What a field holds, with every array in it replaced by the function's answer."""
    if held is None:
        return None
    if holds(each) == "named":
        return MappingProxyType({name: function(array) for name, array in held.items()})
    if holds(each) == "in turn":
        return tuple(function(array) for array in held)
    return function(held)
