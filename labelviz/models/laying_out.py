"""Samples in two dimensions: t-SNE of some, and the others beside those that are most like them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from labelviz.core.arrays import Floats, Integers
from labelviz.core.progress import Report, silent

LANDMARKS = 4_000  # samples that t-SNE arranges: seconds for these, hours for a million
DIMENSIONS = 50  # of the principal components in which samples are compared
FITTED = 50_000  # samples by which the principal components are found
PERPLEXITY = 30.0
ROUNDS = 500
NEAREST = 5
BLOCK = 4_096

Vectors = npt.NDArray[np.float32]


def lay_out(vectors: Vectors, seed: int = 0, report: Report = silent) -> Floats:
    """Positions of samples in the plane, like beside like.

    Up to 4,000 samples, drawn at random, are arranged by t-SNE (van der Maaten & Hinton 2008; in
    n log n by Barnes-Hut, 2014) of their first 50 principal components, from the first two of these
    (Kobak & Berens 2019, doi:10.1038/s41467-019-13056-x). Any other sample lies among the five that
    are most like it, at a mean with drawn weights, on average one over the squared distance; with
    fixed ones, all samples of a clump would lie at one place.

    Parameters
    ----------
    vectors : (N, F) one per sample; the distance between two says how unlike they are.
    seed : the same seed gives the same positions.
    report : called as (done, total, "samples").

    Returns
    -------
    (N, 2) from 0 to 1 along either axis; the middle for all where all are alike.
    """
    random = np.random.default_rng(seed)
    order = random.permutation(len(vectors))
    landmarks = np.sort(order[:LANDMARKS])
    report(0, len(vectors), "samples")
    if (vectors == vectors[0]).all():
        report(len(vectors), len(vectors), "samples")
        return np.full((len(vectors), 2), 0.5)
    components = _components(vectors, np.sort(order[:FITTED]), seed)
    arranged = _arranged(components[landmarks], seed)
    report(len(landmarks), len(vectors), "samples")
    points = np.zeros((len(vectors), 2))
    points[landmarks] = arranged
    others = np.setdiff1d(np.arange(len(vectors)), landmarks, assume_unique=True)
    done = len(landmarks)
    for start in range(0, len(others), BLOCK):
        rows = others[start : start + BLOCK]
        points[rows] = _beside(components[rows], components[landmarks], arranged, random)
        done += len(rows)
        report(done, len(vectors), "samples")
    return _within_one(points)


def _components(vectors: Vectors, fitted: Integers, seed: int) -> Vectors:
    """(N, at most 50) the principal components of some samples, for all of them."""
    from sklearn.decomposition import PCA

    size = min(DIMENSIONS, vectors.shape[1], len(fitted))
    pca = PCA(size, svd_solver="randomized", random_state=seed).fit(vectors[fitted])
    blocks = [
        pca.transform(vectors[start : start + BLOCK]).astype(np.float32)
        for start in range(0, len(vectors), BLOCK)
    ]
    return np.concatenate(blocks)


def _arranged(components: Vectors, seed: int) -> Floats:
    """(M, 2) by t-SNE; of too few samples for it by their first components."""
    from sklearn.manifold import TSNE

    perplexity = min(PERPLEXITY, (len(components) - 1) / 3)
    spread = components.std(axis=0)
    if perplexity < 1 or len(spread) < 2 or spread[0] == 0:
        flat = np.zeros((len(components), 2))
        flat[:, : components.shape[1]] = components[:, :2]
        return flat
    start = components[:, :2] / spread[0] * 1e-4
    tsne = TSNE(
        2, perplexity=perplexity, init=start, learning_rate="auto", max_iter=ROUNDS,
        random_state=seed, n_jobs=-1,
    )  # fmt: skip
    return np.asarray(tsne.fit_transform(components), dtype=np.float64)


def _beside(
    components: Vectors, landmarks: Vectors, arranged: Floats, random: np.random.Generator
) -> Floats:
    """(B, 2) weighted means of the landmarks that are nearest."""
    squares = (landmarks**2).sum(axis=1)
    apart = squares - 2 * components @ landmarks.T
    count = min(NEAREST, len(landmarks))
    near = np.argpartition(apart, count - 1, axis=1)[:, :count]
    own = (components**2).sum(axis=1)[:, None]
    distance = np.maximum(np.take_along_axis(apart, near, axis=1) + own, 1e-9).astype(np.float64)
    weight = random.exponential(size=distance.shape) / distance
    weight /= weight.sum(axis=1, keepdims=True)
    return np.asarray((weight[..., None] * arranged[near]).sum(axis=1))


def _within_one(points: Floats) -> Floats:
    """The same points, moved and scaled until they fill a plane of 1 by 1."""
    low, high = points.min(axis=0), points.max(axis=0)
    width = np.where(high > low, high - low, 1)
    return np.asarray(np.where(high > low, (points - low) / width, 0.5))
