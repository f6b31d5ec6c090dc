from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.arrays import strings
from labelviz.core.scores import Scores, as_probabilities, softmax
from labelviz.errors import ProbabilitiesRefused
from tests.conftest import assert_message

NAN, INF = float("nan"), float("inf")


def scores_of(rows: Any, multilabel: bool = False, dtype: Any = np.float64) -> Scores:
    values = np.array(rows, dtype=dtype)
    ids = strings(f"s{row}" for row in range(len(values)))
    return Scores(values, ids, multilabel, "model.csv")


def read(rows: Any, kind: Any = "probabilities", **more: Any):
    return as_probabilities(scores_of(rows), kind, **more)


def refused(rows: Any, multilabel: bool = False, **more: Any) -> ProbabilitiesRefused:
    with pytest.raises(ProbabilitiesRefused) as found:
        as_probabilities(scores_of(rows, multilabel), **more)
    return found.value


GOOD = [[0.25, 0.75]] * 40


def test_what_is_right_is_not_touched():
    rows = [[0.1, 0.9], [1.0, 0.0], [1 / 3, 2 / 3]]
    values, notes = read(rows)
    assert values.tolist() == rows
    assert notes == ()


@pytest.mark.bad_input("F01")
def test_rows_that_decimals_explain_are_scaled_and_told():
    values, notes = read([[0.33, 0.33, 0.33], [0.2, 0.3, 0.5]])
    np.testing.assert_allclose(values[0], 1 / 3)
    assert values[1].tolist() == [0.2, 0.3, 0.5]
    assert notes[0] == "1 rows sum to 0.99 and were scaled; the file is kept as it came"


@pytest.mark.bad_input("F01")
@pytest.mark.parametrize("row", [[0.5, 0.48], [0.502, 0.5], [0.53, 0.5]])
def test_rows_that_miss_by_more_are_scaled_only_if_asked(row):
    error = refused([*GOOD, row])
    assert_message(
        error, "1 rows are no probabilities: they sum to", "first at sample 's40'",
        "",
        "Correct them, or have them scaled (on the command line --rescale).",
    )  # fmt: skip
    values, notes = read([*GOOD, row], rescale=True)
    np.testing.assert_allclose(values[-1], np.array(row) / sum(row))
    assert "1 rows sum to" in notes[0]


@pytest.mark.bad_input("F01")
@pytest.mark.parametrize("row", [[0.5, 0.4], [0.6, 0.6]])
def test_rows_that_are_far_off_are_refused_whoever_asks(row):
    assert "instead of 1" in refused([*GOOD, row], rescale=True).what


@pytest.mark.bad_input("F02")
def test_percentages_are_read_only_if_asked():
    rows = [[25.0, 75.0], [0.0, 100.0], [49.5, 50.0]]
    error = refused(rows)
    assert_message(error, "look like percentages", "model.csv", "", "--scores percent")
    values, notes = read(rows, "percent", rescale=True)
    assert values[:2].tolist() == [[0.25, 0.75], [0.0, 1.0]]
    assert notes[0] == "read as percent, as asked"


@pytest.mark.bad_input("F03")
def test_a_row_of_zeros_is_refused_and_uniform_rows_are_noted():
    assert "1 rows are no probabilities: they sum to 0" in refused([*GOOD, [0.0, 0.0]]).what
    assert read([*GOOD, [0.5, 0.5]])[1] == ("1 rows give every class the same share",)


@pytest.mark.bad_input("F04")
def test_nan_is_never_the_prediction():
    error = refused([[0.5, 0.5], [NAN, 1.0], [1.0, NAN]])
    assert "2 rows are no probabilities: they hold NaN" in error.what
    assert "'s1', 's2'" in error.where


@pytest.mark.bad_input("F05")
@pytest.mark.parametrize("row", [[INF, 0.0], [-INF, 1.0], [INF, -INF]])
def test_infinity_is_refused(row):
    assert "hold infinity" in refused([*GOOD, row]).what
    assert "hold infinity" in refused([*GOOD, row], kind="softmax").what


@pytest.mark.bad_input("F06")
def test_negative_by_rounding_is_clipped_and_told():
    values, notes = read([[-1e-9, 1 + 1e-9], [0.5, 0.5]])
    assert values[0].tolist() == [0, 1]
    assert "1 rows left [0, 1] by a rounding error and were clipped" in notes[0]
    assert "below 0 or above 1" in refused([*GOOD, [-1e-5, 1.00001]]).what


@pytest.mark.bad_input("F07")
def test_logits_are_read_only_if_asked():
    rows = [[2.0, -1.0], [0.5, 3.5], [-4.0, 1.0]]
    assert_message(
        refused(rows), "look like raw scores", "model.csv", "",
        "--scores softmax",
    )  # fmt: skip
    values, _ = read(rows, "softmax")
    np.testing.assert_allclose(values[0], [1 / (1 + np.exp(-3)), 1 / (1 + np.exp(3))])


@pytest.mark.bad_input("F08")
def test_logarithms_are_read_only_if_asked():
    rows = np.log([[0.1, 0.9], [0.75, 0.25]])
    assert "look like logarithms" in refused(rows).what
    np.testing.assert_allclose(read(rows, "log")[0], [[0.1, 0.9], [0.75, 0.25]])
    assert read([[-INF, 0.0]], "log")[0].tolist() == [[0, 1]]


@pytest.mark.bad_input("F16")
def test_a_model_that_says_the_same_of_everything_is_told():
    assert "tells nothing apart" in read(GOOD)[1][0]


@pytest.mark.bad_input("F21")
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_narrow_floats_become_float64_rows_that_sum_to_one(dtype):
    random = np.random.default_rng(0)
    rows = random.dirichlet(np.ones(28), 50)
    values, _ = as_probabilities(scores_of(rows, dtype=dtype))
    assert values.dtype == np.float64
    np.testing.assert_allclose(values.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(values, rows, atol=1e-3)


def test_multilabel_cells_need_not_sum_and_take_a_sigmoid():
    values, notes = as_probabilities(scores_of([[0.9, 0.9], [0, 0]], multilabel=True))
    assert values.tolist() == [[0.9, 0.9], [0, 0]]
    assert notes == ()
    logits = [[0.0, np.log(3)], [-3.0, 2.0]]
    assert "raw scores" in refused(logits, multilabel=True).what
    values, _ = as_probabilities(scores_of(logits, multilabel=True), "softmax")
    np.testing.assert_allclose(values[0], [0.5, 0.75])


@given(
    st.lists(st.lists(st.integers(1, 99), min_size=3, max_size=3), min_size=1, max_size=8),
    st.permutations(range(3)),
    st.randoms(use_true_random=False),
    st.sampled_from(["probabilities", "softmax"]),
)
def test_the_order_of_classes_and_rows_changes_no_number(weights, columns, random, kind):
    rows = np.array([[round(w / sum(row), 2) for w in row] for row in weights])
    order = list(range(len(rows)))
    random.shuffle(order)
    before, _ = read(rows, kind)
    after, _ = read(rows[order][:, columns], kind)
    assert after.tolist() == before[order][:, columns].tolist()


def test_softmax_of_large_numbers():
    assert softmax(np.array([[1000.0, 0.0]])).tolist() == [[1.0, 0.0]]
