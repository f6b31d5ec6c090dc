from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.arrays import Floats, strings
from labelviz.core.axes import CLASS, SAMPLE, along, axes_of, declared, misshapen, named, reordered
from labelviz.core.dataset import MISSING, Dataset
from tests.conftest import dataset_of

CLASSES = ("c", "a", "b")


def full(task: str = "multiclass") -> Dataset:
    """Four samples with a value in every field of a dataset."""
    labels = {
        "multiclass": [[0, 1, MISSING, 2], [2, MISSING, 1, 0]],
        "multilabel": [
            [[1, 0, 0], [0, 1, 1], [MISSING, MISSING, MISSING], [0, 0, 1]],
            [[0, 0, 1], [0, 1, 0], [1, 1, MISSING], [0, 0, 0]],
        ],
    }[task]
    return dataset_of(
        labels[0],
        CLASSES,
        [["w", "x", "y", "z"], ["1", "2", "3", "4"]],
        annotators={"other": np.array(labels[1])},
        confidence=np.array([0.1, 0.2, 0.3, 0.4]),
        slices={"place": strings(["p", "q", "r", "s"])},
        group=strings(["g", "g", "h", "h"]),
        split=strings(["train", "test", "train", "validation"]),
        soft=np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [np.nan] * 3, [0, 0.25, 0.75]]),
        votes=np.array([[5, 1, 0], [0, 3, 2], [0, 0, 0], [1, 1, 4]]),
        voters=np.array([6, 5, 0, 6]),
        weight=np.array([1.0, 0.0, 2.0, 0.5]),
    )


def said(dataset: Dataset) -> dict[str, dict[str, object]]:
    """All that a dataset says about each sample, by id and by class name, in no order."""
    k = {name: place for place, name in enumerate(dataset.classes)}
    everything: dict[str, dict[str, object]] = {}
    for row, sample in enumerate(dataset.ids):
        mine: dict[str, object] = {
            "texts": [text[row] for text in dataset.texts],
            "given": sorted(dataset.label_names(dataset.given, row)),
            "other": sorted(dataset.label_names(dataset.annotators["other"], row)),
            "confidence": dataset.confidence[row],
            "place": dataset.slices["place"][row],
            "group": dataset.group[row],
            "split": dataset.split[row],
            "voters": dataset.voters[row],
            "weight": dataset.weight[row],
        }
        for name in k:
            mine[f"soft {name}"] = str(dataset.soft[row, k[name]])
            mine[f"votes {name}"] = dataset.votes[row, k[name]]
        everything[sample] = mine
    return everything


def test_the_example_has_every_field():
    assert all(len(getattr(full(), each.name)) for each in declared(Dataset))


@pytest.mark.parametrize("task", ["multiclass", "multilabel"])
def test_taking_samples_keeps_everything_that_is_said_about_them(task: str):
    data = full(task)
    taken = data.take(np.array([3, 1]))
    assert taken.ids.tolist() == ["s3", "s1"]
    assert said(taken) == {name: said(data)[name] for name in ("s3", "s1")}


@pytest.mark.parametrize("task", ["multiclass", "multilabel"])
@given(rows=st.permutations(range(4)), classes=st.permutations(range(3)))
def test_the_canonical_order_forgets_how_a_file_was_ordered(
    task: str, rows: list[int], classes: list[int]
):
    data = full(task)
    mixed = reordered(data, {SAMPLE: np.array(rows), CLASS: np.array(classes)})
    assert said(mixed) == said(data)
    one, other = data.canonical, mixed.canonical
    assert one.ids.tolist() == ["s0", "s1", "s2", "s3"]
    assert one.classes == ("a", "b", "c")
    assert said(one) == said(data)
    for name in (
        "given",
        "soft",
        "votes",
        "voters",
        "weight",
        "confidence",
        "ids",
        "group",
        "split",
    ):
        assert str(getattr(one, name)) == str(getattr(other, name))
    assert str(one.annotators["other"]) == str(other.annotators["other"])


@dataclass(frozen=True, eq=False)
class _Weighed(Dataset):
    """A dataset with fields that nobody thought of."""

    cost: Floats | None = along(SAMPLE, CLASS, dtype=np.float64, default=None)
    marks: Mapping[str, Floats] = named(SAMPLE, default_factory=dict)


@dataclass(frozen=True, eq=False)
class _Undeclared(Dataset):
    cost: Floats | None = None


def _with(kind: type[Dataset], **more: object) -> Dataset:
    plain = dataset_of([0, 1])
    known = {each.name: getattr(plain, each.name) for each in fields(Dataset)}
    return kind(**{**known, **more})


def test_a_new_field_is_frozen_checked_and_copied_like_the_others():
    cost = np.array([[1, 2], [3, 4]])
    data = _with(_Weighed, cost=cost, marks={"m": np.array([5.0, 6.0])})
    assert not data.cost.flags.writeable
    taken = reordered(data, {SAMPLE: np.array([1, 0]), CLASS: np.array([1, 0])})
    assert taken.cost.tolist() == [[4.0, 3.0], [2.0, 1.0]]
    assert taken.marks["m"].tolist() == [6.0, 5.0]
    with pytest.raises(
        Exception, match=r"“cost” has shape 1 by 2, expected 2 by 2 .samples, classes"
    ):
        _with(_Weighed, cost=cost[:1])


def test_a_field_without_axes_cannot_be_forgotten():
    with pytest.raises(TypeError, match="cost does not say along which axes"):
        _with(_Undeclared)


def test_a_shape_that_may_be_anything_is_not_checked():
    data = full()
    assert misshapen(data, {}) == ""
    assert misshapen(data, {SAMPLE: 3}) == "“ids” has shape 4, expected 3 (samples)."


def test_fields_without_an_array_have_no_axes():
    assert {each.name for each in fields(Dataset) if not axes_of(each)} == {"task"}


def test_an_array_is_declared_with_its_axes_and_what_its_numbers_become():
    @dataclass(frozen=True)
    class Declared:
        one: Floats = along(SAMPLE, CLASS, dtype=np.float32)

    (field,) = fields(Declared)
    assert axes_of(field) == (SAMPLE, CLASS)
    assert field.metadata["dtype"] == np.float32
    assert misshapen(Declared(np.zeros((2, 3))), {SAMPLE: 2, CLASS: 3}) == ""
    assert misshapen(Declared(np.zeros(2)), {SAMPLE: 2, CLASS: 3})
