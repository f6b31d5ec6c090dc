from __future__ import annotations

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from labelviz.models import laying_out
from labelviz.models.laying_out import lay_out


def clumps(count: int, each: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Samples around so many points far from each other, and around which."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(count, 20)) * 3
    which = np.repeat(np.arange(count), each)
    return (centres[which] + random.normal(size=(len(which), 20))).astype(np.float32), which


def near_of_own_kind(points: np.ndarray, which: np.ndarray) -> float:
    """Share of the samples whose nearest other is of their clump."""
    apart = ((points[:, None] - points[None]) ** 2).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    return float((which[apart.argmin(axis=1)] == which).mean())


def test_like_lies_beside_like_also_where_only_some_are_arranged(monkeypatch: pytest.MonkeyPatch):
    vectors, which = clumps(6, 40)
    whole = lay_out(vectors)
    monkeypatch.setattr(laying_out, "LANDMARKS", 90)
    monkeypatch.setattr(laying_out, "BLOCK", 64)
    told: list[tuple[int, int, str]] = []
    some = lay_out(vectors, report=lambda *said: told.append(said))
    for points in (whole, some):
        assert points.min() >= 0
        assert points.max() <= 1
        assert np.ptp(points, axis=0) == pytest.approx([1, 1])
        assert near_of_own_kind(points, which) > 0.97
        assert trustworthiness(vectors, points, n_neighbors=10) > 0.85
    assert told[0] == (0, 240, "samples")
    assert told[-1] == (240, 240, "samples")
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)


def test_the_same_seed_gives_the_same_layout():
    vectors, _ = clumps(3, 12)
    assert lay_out(vectors, seed=4).tolist() == lay_out(vectors, seed=4).tolist()
    assert lay_out(vectors, seed=4).tolist() != lay_out(vectors, seed=5).tolist()


def test_copies_of_an_arranged_sample_lie_where_it_does(monkeypatch: pytest.MonkeyPatch):
    vectors, _ = clumps(4, 30)
    monkeypatch.setattr(laying_out, "LANDMARKS", 120)
    twice = np.concatenate([vectors, vectors])
    points = lay_out(twice)
    apart = np.hypot(*(points[:120] - points[120:]).T)
    assert np.median(apart) < 0.02


def test_samples_of_one_clump_do_not_lie_at_one_place(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(laying_out, "LANDMARKS", 40)
    vectors, _ = clumps(1, 400)
    points = lay_out(vectors)
    assert len(np.unique(points.round(3), axis=0)) > 300


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_a_handful_is_laid_out_too(count: int):
    points = lay_out(np.eye(5, dtype=np.float32)[:count])
    assert points.shape == (count, 2)
    assert np.isfinite(points).all()


def test_samples_that_are_all_alike_lie_in_the_middle():
    assert lay_out(np.ones((40, 3), dtype=np.float32)).tolist() == [[0.5, 0.5]] * 40
