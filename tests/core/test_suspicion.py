from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from labelviz.core.arrays import strings
from labelviz.core.suspicion import Suspicion


def suspicion_of(score, flagged=None, dataset="") -> Suspicion:
    n = len(score)
    return Suspicion(
        np.array(score),
        np.array([False] * n if flagged is None else flagged),
        np.zeros(n, dtype=np.int64),
        strings([""] * n),
        ("test",),
        dataset,
        "opinion",
    )


def test_the_worst_come_first_and_ties_in_file_order():
    assert suspicion_of([0.2, 0.9, 0.2, 1.0]).worst_first().tolist() == [3, 1, 0, 2]


def test_none_and_certainty_are_suspicions():
    assert suspicion_of([0.0, 1.0]).score.tolist() == [0, 1]


@pytest.mark.parametrize("score", [[1.1], [-0.1], [float("nan")]])
def test_suspicion_lies_between_0_and_1(score):
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        suspicion_of(score)


def test_flags_of_before_reasons_were_told_apart_only_doubt():
    old = replace(suspicion_of([0.5]), reasons=strings(["a.\nb."]))
    assert old.told_apart(0) == (("a.", "b."), ())
    assert replace(old, supporting=np.array([1])).told_apart(0) == (("a.",), ("b.",))


def test_arrays_cannot_be_written():
    assert not suspicion_of([0.5]).score.flags.writeable
