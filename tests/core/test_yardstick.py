from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from labelviz.core.arrays import strings
from labelviz.core.metrics import average_precision
from labelviz.core.suspicion import Suspicion
from labelviz.core.yardstick import yardstick

N = 400


def judged(seed: int = 0, n: int = N) -> tuple[Suspicion, np.ndarray]:
    """A tenth wrong, a detector that tells and one that does not."""
    rng = np.random.default_rng(seed)
    wrong = rng.random(n) < 0.1
    telling = np.clip(0.3 + 0.4 * wrong + rng.normal(0, 0.2, n), 0, 1)
    idle = rng.random(n)
    suspicion = Suspicion(
        score=telling, flagged=telling >= 0.5, suggested=np.zeros(n, dtype=np.int64),
        reasons=strings([""] * n), detectors=("telling", "idle"), dataset="", probabilities="p",
        scores={"idle": idle, "telling": telling},
    )  # fmt: skip
    return suspicion, wrong


def test_flags_and_order_are_measured_on_what_is_known():
    suspicion, wrong = judged()
    known = np.where(np.arange(N) < 200, wrong, -1)
    found = yardstick(suspicion, known)
    first = np.arange(N) < 200
    hits = int((suspicion.flagged & wrong & first).sum())
    assert (found.known, found.wrong) == (200, wrong[first].sum())
    assert (found.flagged, found.hits) == ((suspicion.flagged & first).sum(), hits)
    assert found.precision.value == hits / found.flagged
    assert found.recall.value == hits / found.wrong
    theirs = binomtest(hits, found.flagged).proportion_ci(method="wilson")
    assert (found.precision.low, found.precision.high) == pytest.approx(tuple(theirs), abs=1e-6)
    assert list(found.order)[-1] == "idle"
    best = found.order["telling"]
    ap = average_precision(suspicion.score[first], wrong[first])
    assert best.value == pytest.approx(ap)
    assert best.low < best.value < best.high
    assert found.order["idle"].high < best.low


def test_the_interval_of_an_order_holds_what_all_samples_say():
    held = 0
    for seed in range(60):
        suspicion, wrong = judged(seed, n=2000)
        known = np.full(2000, -1)
        known[:200] = wrong[:200]
        found = yardstick(suspicion, known).order["telling"]
        held += found.low <= average_precision(suspicion.score, wrong) <= found.high
    assert held >= 51  # 56 are expected; 50 or fewer in 1 of 30,000 worlds, and the seeds are fixed


def test_too_little_is_said_to_be_too_little():
    suspicion, _ = judged()
    assert yardstick(suspicion, np.full(N, -1)) is None
    few = np.full(N, -1)
    few[:50], few[:2] = 0, 1
    assert yardstick(suspicion, few).order == {}
    nothing = replace(suspicion, flagged=np.zeros(N, dtype=bool))
    found = yardstick(nothing, np.zeros(N, dtype=np.int64))
    assert np.isnan(found.precision.value)
    assert np.isnan(found.recall.value)
