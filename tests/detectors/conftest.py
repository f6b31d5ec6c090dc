"""Evidence for detectors, and the properties each of them must have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from labelviz.core.arrays import Floats, strings
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.evidence import Detector, Embeddings, Evidence, Finding, TrainingLog
from tests.conftest import probabilities_of


def evidence_of(dataset: Dataset, p: Any = None, **more: Any) -> Evidence:
    """Evidence with one set of probabilities, by default even ones."""
    values = np.full((len(dataset), dataset.n_classes), 1 / dataset.n_classes) if p is None else p
    return Evidence(dataset, "opinion", {"opinion": probabilities_of(dataset, values)}, **more)


def found(detector: Detector, evidence: Evidence) -> Finding:
    """What a detector finds, where it can run."""
    finding = detector(evidence)
    assert isinstance(finding, Finding), finding
    return finding


def shuffled(evidence: Evidence, order: np.ndarray) -> Evidence:
    """The same evidence with its samples in another order."""
    dataset = evidence.dataset.take(order)
    probabilities = {
        name: replace(each, values=each.values[order], ids=each.ids[order])
        for name, each in evidence.probabilities.items()
    }
    embeddings, log = evidence.embeddings, evidence.log
    if embeddings is not None:
        sides = tuple(side[order] for side in embeddings.sides)
        embeddings = replace(embeddings, sides=sides)
    if log is not None:
        threshold = None if log.threshold is None else log.threshold[order]
        log = replace(log, logits=log.logits[:, order], threshold=threshold)
    return replace(
        evidence, dataset=dataset, probabilities=probabilities, embeddings=embeddings, log=log
    )


def renamed(evidence: Evidence, order: np.ndarray) -> Evidence:
    """The same evidence with its classes in another order."""
    dataset = evidence.dataset
    place = np.append(np.argsort(order), MISSING)

    def moved(labels: np.ndarray) -> np.ndarray:
        return labels[:, order] if dataset.multilabel else place[labels]

    changed = replace(
        dataset,
        classes=tuple(dataset.classes[k] for k in order),
        given=moved(dataset.given),
        annotators={name: moved(labels) for name, labels in dataset.annotators.items()},
    )
    probabilities = {
        name: replace(each, values=each.values[:, order], classes=changed.classes)
        for name, each in evidence.probabilities.items()
    }
    log = evidence.log
    if log is not None:
        extra = np.arange(dataset.n_classes, log.logits.shape[2])
        log = replace(log, logits=log.logits[:, :, np.append(order, extra)])
    return replace(evidence, dataset=changed, probabilities=probabilities, log=log)


def rich(seed: int = 0, n: int = 60, k: int = 3, *, many: bool = False) -> Evidence:
    """Evidence of every kind about samples of which some labels are wrong."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, (n, k)) if many else np.resize(np.arange(k), n)
    wrong = rng.random(truth.shape) < 0.15
    given = np.where(wrong, 1 - truth if many else (truth + 1) % k, truth)
    raw = np.where(truth == 1, 0.8, 0.2) if many else np.eye(k)[truth] * 2 + 0.5
    p = np.clip(raw + rng.normal(0, 0.15, raw.shape), 0.02, None)
    p = np.clip(p, 0.02, 0.98) if many else p / p.sum(axis=1, keepdims=True)
    others = {}
    for name in ("alpha_1", "alpha_2", "beta"):
        miss = rng.random(truth.shape) < 0.2
        others[name] = np.where(miss, 1 - truth if many else (truth + 1) % k, truth)
    others["beta"] = others["beta"].copy()
    others["beta"][: n // 4] = MISSING
    vectors = rng.normal(size=(n, 8)) + 3 * (truth[:, :1] if many else np.eye(8)[truth])
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    words = [f"word{row % 7} " * 4 + "".join(rng.choice(list("abcdefgh"), 24)) for row in range(n)]
    words[-1] = words[0]
    single = "binary" if k == 2 else "multiclass"
    dataset = Dataset(
        task="multilabel" if many else single,  # type: ignore[arg-type]
        classes=tuple(f"c{each}" for each in range(k)),
        ids=strings(f"s{row:03d}" for row in range(n)),
        texts=(strings(words),),
        given=given,
        annotators=others,
        confidence=np.round(rng.random(n), 1),
    )
    logits = np.log(np.clip(p, 1e-3, 1))[None] * np.array([0.5, 1.0, 2.0])[:, None, None]
    return evidence_of(
        dataset,
        p,
        embeddings=Embeddings(vectors, (np.arange(n),), "test"),
        log=TrainingLog(logits, "run"),
        audited="label",
    )


@pytest.fixture
def largest_change() -> Callable[[Detector, Evidence], float]:
    """How far a score moves, at most, in another order of the samples or of the classes."""

    def measured(detector: Detector, evidence: Evidence) -> float:
        score = found(detector, evidence).score
        rng = np.random.default_rng(1)
        order = rng.permutation(len(evidence.dataset))
        classes = rng.permutation(evidence.dataset.n_classes)
        return max(
            _gap(found(detector, shuffled(evidence, order)).score, score[order]),
            _gap(found(detector, renamed(evidence, classes)).score, score),
        )

    return measured


def _gap(one: Floats, other: Floats) -> float:
    """The largest difference; infinite where one of the two alone is NaN."""
    if one.shape != other.shape or (np.isnan(one) != np.isnan(other)).any():
        return np.inf
    return float(np.nanmax(np.abs(one - other), initial=0.0))
