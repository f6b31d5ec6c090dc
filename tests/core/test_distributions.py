from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.arrays import strings
from labelviz.core.dataset import MISSING
from labelviz.core.distributions import (
    Probabilities,
    Provenance,
    Targets,
    hard_targets,
    labels_of,
    row_over,
)
from labelviz.errors import ProbabilitiesRefused, TargetsRefused, in_words
from tests.conftest import assert_message, dataset_of, probabilities_of

NAN, INF = float("nan"), float("inf")
ROWS = st.lists(st.integers(0, 1000), min_size=2, max_size=6).filter(any)


def targets_of(values, multilabel=False, weight=None) -> Targets:
    n = len(values)
    return Targets(
        np.array(values, dtype=np.float64),
        tuple(f"c{k}" for k in range(len(values[0]))),
        strings(f"s{row}" for row in range(n)),
        multilabel,
        np.ones(n) if weight is None else np.array(weight),
        strings(["given"] * n),
    )


@pytest.mark.parametrize(
    "row",
    [
        pytest.param([NAN, 1.0], marks=pytest.mark.bad_input("F04")),
        pytest.param([INF, 0.0], marks=pytest.mark.bad_input("F05")),
        pytest.param([-1e-9, 1.0], marks=pytest.mark.bad_input("F06")),
        pytest.param([2.5, -1.5], marks=pytest.mark.bad_input("F07")),
        pytest.param([-0.1, -2.4], marks=pytest.mark.bad_input("F08")),
        pytest.param([0.5, 0.48], marks=pytest.mark.bad_input("F01")),
        pytest.param([40.0, 60.0], marks=pytest.mark.bad_input("F02")),
        pytest.param([0.0, 0.0], marks=pytest.mark.bad_input("F03")),
    ],
)
def test_rows_that_are_no_distribution_are_refused_with_the_first_sample(row):
    data = dataset_of([0, 1, 1])
    with pytest.raises(ProbabilitiesRefused) as refused:
        probabilities_of(data, [[0.5, 0.5], row, row])
    assert_message(
        refused.value,
        what="2 rows are no probabilities",
        where="model.csv, first at sample 's1'",
        remedy="each row summing to 1",
    )


@pytest.mark.bad_input("F09", "F10")
@pytest.mark.parametrize("values", [np.full((2, 2), 0.5), np.full((3, 3), 1 / 3)])
def test_a_shape_that_does_not_fit_ids_and_classes_is_refused(values):
    with pytest.raises(ProbabilitiesRefused, match=r"expected 3 by 2 \(samples, classes\)"):
        probabilities_of(dataset_of([0, 1, 1]), values)


def test_float32_rows_are_within_the_tolerance():
    rows = np.random.default_rng(0).dirichlet(np.ones(28), 50).astype(np.float32)
    data = dataset_of([0] * 50, tuple(f"c{k}" for k in range(28)))
    assert probabilities_of(data, rows).values.dtype == np.float64


def test_multilabel_cells_need_not_sum_to_one():
    cells = probabilities_of(dataset_of([[1, 1]], ("a", "b")), [[0.9, 0.9]])
    assert cells.values.tolist() == [[0.9, 0.9]]
    with pytest.raises(ProbabilitiesRefused, match="no probabilities"):
        probabilities_of(dataset_of([[1, 1]], ("a", "b")), [[0.9, 1.1]])


@pytest.mark.bad_input("F12")
@given(st.permutations(range(3)), st.permutations(range(4)))
def test_alignment_is_by_id_and_class_name(columns, rows):
    data = dataset_of([0, 1, 2, 2], ("a", "b", "c"))
    values = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4], [0, 0, 1]])
    shuffled = Probabilities(
        values[np.ix_(rows, columns)],
        tuple(data.classes[k] for k in columns),
        strings(data.ids[row] for row in rows),
        False,
        Provenance("out-of-fold", "x"),
        folds=np.array(rows),
    ).aligned(data)
    assert shuffled.values.tolist() == values.tolist()
    assert shuffled.classes == data.classes
    assert shuffled.ids.tolist() == data.ids.tolist()
    assert shuffled.folds is not None
    assert shuffled.folds.tolist() == [0, 1, 2, 3]


def test_probabilities_whose_folds_split_groups_are_no_longer_out_of_fold():
    data = dataset_of([0, 1, 0, 1])
    values = np.full((4, 2), 0.5)
    made = probabilities_of(data, values, folds=np.array([0, 1, 0, 1]))
    kept = dataset_of([0, 1, 0, 1], group=strings(["a", "b", "a", "b"]))
    split = dataset_of([0, 1, 0, 1], group=strings(["a", "a", "b", "b"]))
    assert made.aligned(data).provenance == made.aligned(kept).provenance == made.provenance
    leaking = made.aligned(split).provenance
    assert leaking.relation == "leaking"
    assert "2 of its groups span them" in leaking.notes[-1]
    grouped = replace(made, provenance=replace(made.provenance, groups=kept.hash_of("group")))
    assert grouped.aligned(kept).provenance.relation == "out-of-fold"
    assert grouped.aligned(data).provenance.relation == "leaking"
    assert probabilities_of(data, values).aligned(split).provenance.relation == "out-of-fold"


@pytest.mark.bad_input("F09", "C11")
def test_ids_that_do_not_match_are_counted():
    data = dataset_of([0, 1, 1])
    other = probabilities_of(data, np.full((4, 2), 0.5), ids=strings(["s0", "s0", "s2", "unknown"]))
    with pytest.raises(ProbabilitiesRefused) as refused:
        other.aligned(data)
    assert_message(
        refused.value,
        what="2 of 3 ids match: 1 samples have no probabilities, 1 rows of probabilities have no "
        "sample, 1 ids are repeated.",
        where="first missing id 's1'",
        remedy="one row of probabilities per sample",
    )


@pytest.mark.bad_input("F13", "D13")
@pytest.mark.parametrize("classes", [("no", "maybe"), ("No", "yes")])
def test_other_classes_are_refused_with_both_lists(classes):
    data = dataset_of([0, 1])
    with pytest.raises(ProbabilitiesRefused) as refused:
        probabilities_of(data, np.full((2, 2), 0.5), classes=classes).aligned(data)
    assert_message(
        refused.value,
        what="The classes differ.",
        where="model.csv",
        remedy="after the dataset's classes",
    )
    assert in_words(sorted(classes)) in refused.value.what
    assert "“no” and “yes”" in refused.value.what


@pytest.mark.bad_input("G15")
def test_multilabel_probabilities_do_not_fit_a_single_label_dataset():
    data = dataset_of([0, 1])
    with pytest.raises(ProbabilitiesRefused, match="Multi-label"):
        probabilities_of(data, [[0.9, 0.9], [0.1, 0.1]], multilabel=True).aligned(data)


def test_targets_hold_rows_that_sum_to_one():
    assert targets_of([[0.9, 0.1], [0.5, 0.5]]).values[0].tolist() == [0.9, 0.1]


@pytest.mark.parametrize(
    ("values", "multilabel", "weight"),
    [
        ([[0.9, 0.2]], False, None),
        ([[1.2, -0.2]], False, None),
        ([[NAN, 1.0]], False, None),
        ([[0.5, 1.5]], True, None),
        ([[0.5, 0.5]], False, [-1.0]),
        ([[0.5, 0.5]], False, [NAN]),
        ([[0.5, 0.5]], False, [INF]),
        ([[0.5, 0.5]], False, [1.0, 1.0]),
    ],
)
@pytest.mark.bad_input("F18")
def test_targets_that_are_no_distribution_are_refused(values, multilabel, weight):
    with pytest.raises(TargetsRefused, match=r"no target distribution|has shape"):
        targets_of(values, multilabel, weight)


def test_an_unknown_multilabel_cell_is_nan():
    values = targets_of([[NAN, 0.3]], multilabel=True).values
    assert np.isnan(values[0, 0])
    assert values[0, 1] == 0.3


def test_hard_targets_are_one_hot_and_uniform_where_missing():
    data = dataset_of([0, 2, MISSING], ("a", "b", "c"))
    third = 1 / 3
    assert hard_targets(data).tolist() == [[1, 0, 0], [0, 0, 1], [third, third, third]]


def test_hard_targets_of_cells_are_nan_where_missing():
    cells = hard_targets(dataset_of([[1, 0], [MISSING, 1]], ("a", "b")))
    assert cells[0].tolist() == [1, 0]
    assert np.isnan(cells[1, 0])
    assert cells[1, 1] == 1


def test_hard_targets_of_other_labels():
    assert hard_targets(dataset_of([0, 0]), np.array([1, 0])).tolist() == [[0, 1], [1, 0]]


def test_row_over_fills_what_is_not_named_with_zero():
    assert row_over(("a", "b", "c"), {"c": 0.7, "a": 0.3}).tolist() == [0.3, 0.0, 0.7]


@pytest.mark.bad_input("F19")
def test_row_over_refuses_a_name_that_is_no_class():
    with pytest.raises(TargetsRefused, match="No such class: “d”") as refused:
        row_over(("a", "b"), {"d": 1.0})
    assert refused.value.remedy == "The classes are “a” and “b”."


def test_rows_over_the_classes_stand_for_labels():
    rows = np.array([[0.2, 0.5, 0.3], [0.4, 0.4, 0.2], [np.nan, 0.5, 0.49]])
    assert labels_of(rows[:2], multilabel=False).tolist() == [1, 0]
    assert labels_of(rows, multilabel=True).tolist() == [[0, 1, 0], [0, 0, 0], [MISSING, 1, 0]]
    assert labels_of(rows[0], multilabel=False) == 1
    assert labels_of(rows[0], multilabel=True).tolist() == [0, 1, 0]
