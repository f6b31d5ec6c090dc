"""Predict: a classifier's opinion about every sample of a dataset."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from labelviz.core.arrays import Floats
from labelviz.core.dataset import Dataset
from labelviz.core.distributions import Probabilities, Provenance, SampleRelation
from labelviz.core.progress import Report, silent
from labelviz.models.batches import Tokens, collate, length_sorted, tokenise
from labelviz.models.folders import trained_on
from labelviz.models.loading import Classifier, is_folder, load_classifier

if TYPE_CHECKING:
    import torch


def predict(dataset: Dataset, model: str | Path, report: Report = silent) -> Probabilities:
    """Probabilities of a classifier for every sample, in the dataset's order.

    Softmax over the classes, or for multi-label a sigmoid per class; computed in float32. They are
    in-sample where labelviz trained the model on this dataset, else of unknown relation.

    Parameters
    ----------
    model : a folder, or a hub id.
    report : called as (done, total, "samples").

    Raises
    ------
    ModelRefused : not loadable safely, not a classifier, or one for other classes or another task.
    """
    classifier = load_classifier(model, dataset.classes, multilabel=dataset.multilabel)
    tokens = tokenise(classifier.tokenizer, classifier.model, dataset.texts)
    logits = logits_of(classifier, tokens, report)
    own = is_folder(model) and trained_on(model) == dataset.fingerprint
    relation: SampleRelation = "in-sample" if own else "unknown"
    return Probabilities(
        values=to_probabilities(logits, multilabel=dataset.multilabel),
        classes=dataset.classes,
        ids=dataset.ids,
        multilabel=dataset.multilabel,
        provenance=Provenance(
            relation, str(model), classifier.model_hash, dataset.fingerprint, now()
        ),
    )


def logits_of(
    classifier: Classifier, tokens: Tokens, report: Report = silent
) -> npt.NDArray[np.float32]:
    """(N, K) float32 logits of all samples in their order, computed longest first."""
    import torch

    logits = np.empty((len(tokens), len(classifier.classes)), dtype=np.float32)
    done = 0
    with evaluation_mode(classifier.model), torch.inference_mode():
        for rows in length_sorted(tokens.lengths):
            batch = collate(tokens, rows, classifier.device)
            logits[rows] = classifier.logits(batch).cpu().numpy()
            done += len(rows)
            report(done, len(tokens), "samples")
    return logits


@contextmanager
def evaluation_mode(model: torch.nn.Module) -> Iterator[None]:
    """No dropout inside; the mode from before comes back."""
    training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(training)


def to_probabilities(logits: npt.NDArray[np.floating], *, multilabel: bool) -> Floats:
    """(N, K) float64 probabilities: rows that sum to 1, or for multi-label a sigmoid per cell."""
    z = logits.astype(np.float64)
    if multilabel:
        half = np.exp(-np.abs(z))
        result: Floats = np.where(z >= 0, 1.0, half) / (1 + half)
        return result
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    rows: Floats = powers / powers.sum(axis=1, keepdims=True)
    return rows


def now() -> str:
    """UTC time, ISO 8601 to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
