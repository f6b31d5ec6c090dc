"""Embeddings: texts as vectors of a frozen encoder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from labelviz.core.arrays import Floats, strings
from labelviz.core.progress import Report, silent
from labelviz.models.batches import collate, length_sorted, tokenise
from labelviz.models.loading import load_encoder


def embed(texts: Sequence[str], model: str | Path, report: Report = silent) -> tuple[Floats, str]:
    """Embed texts as the mean of their token vectors, padding left out, scaled to length 1.

    The pooling of sentence-transformers models (Reimers & Gurevych 2019, arXiv:1908.10084).

    Parameters
    ----------
    report : called as (done, total, "texts").

    Returns
    -------
    (U, D) float64 rows of length 1, and the hash of the encoder.

    Raises
    ------
    ModelRefused : not loadable safely.
    """
    import torch

    encoder = load_encoder(model)
    tokens = tokenise(encoder.tokenizer, encoder.model, [strings(texts)])
    vectors = np.zeros((len(texts), encoder.model.config.hidden_size))
    done = 0
    with torch.inference_mode():
        for rows in length_sorted(tokens.lengths):
            batch = collate(tokens, rows, encoder.device)
            hidden = encoder.model(**batch).last_hidden_state  # (B, T, D)
            mask = batch["attention_mask"][..., None].to(hidden.dtype)
            vectors[rows] = ((hidden * mask).sum(dim=1) / mask.sum(dim=1)).cpu().numpy()
            done += len(rows)
            report(done, len(texts), "texts")
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), encoder.model_hash
