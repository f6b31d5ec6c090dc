"""Embeddings: texts as vectors of a frozen encoder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from labelviz.core.arrays import Floats, Integers, strings
from labelviz.core.precision import Computed, Drift, drift
from labelviz.core.progress import Report, silent
from labelviz.core.settings import ModelUse, Precision
from labelviz.models.batches import Tokens, collate, length_sorted, token_budget
from labelviz.models.loading import Encoder, load_encoder
from labelviz.models.place import COMPARED, Copy, Place, place_for
from labelviz.models.precision import choose

CHECKED = 64  # texts whose nearest others are compared in float32 and in bfloat16


@dataclass(frozen=True, eq=False)
class Embedded:
    """What an encoder made of texts.

    Parameters
    ----------
    vectors : (U, D) rows of length 1.
    model_hash : of the encoder.
    computed : how it came to them.
    """

    vectors: Floats
    model_hash: str
    computed: Computed


def embed(
    texts: Sequence[str],
    model: str | Path,
    report: Report = silent,
    use: ModelUse = ModelUse(),  # noqa: B008 - frozen
) -> Embedded:
    """Embed texts as the mean of their token vectors, padding left out, scaled to length 1.

    The pooling of sentence-transformers models (Reimers & Gurevych 2019, arXiv:1908.10084). In
    bfloat16 or float32 as asked for; left to labelviz, in bfloat16 where the hardware multiplies it
    and among some texts the nearest others and their order stay.

    Parameters
    ----------
    report : called as (done, total, "texts").
    use : the precision, and where texts are cut.

    Raises
    ------
    ModelRefused : not loadable safely.
    """
    encoder = load_encoder(model).within(use.max_tokens)
    again = partial(_loaded_again, max_tokens=encoder.max_tokens)
    vectors = np.zeros((len(texts), encoder.model.config.hidden_size))
    done = 0
    with place_for(use.on, encoder, model, again) as place:
        tokens = encoder.tokens([strings(texts)])
        computed = _computed(place, encoder, tokens, use)
        for rows, part in _vectors_of(place, tokens, computed.precision):
            vectors[rows] = part
            done += len(rows)
            report(done, len(texts), "texts")
        computed = replace(computed, place=place.sentence)
    return Embedded(vectors, encoder.model_hash, computed)


def _loaded_again(model: str | Path, max_tokens: int) -> Encoder:
    """The same encoder somewhere else, where texts are cut as here."""
    return load_encoder(model).within(max_tokens)


def _computed(place: Place[Encoder], encoder: Encoder, tokens: Tokens, use: ModelUse) -> Computed:
    """The precision the encoder is to be used in, and why in that."""
    chosen = choose(use.precision, place.device, place.fastest)
    cut = encoder.max_tokens, encoder.cut
    if chosen.precision == "float32" or not len(tokens):
        return Computed(chosen.precision, chosen.why, *cut)
    found = _compared(place, tokens)
    if found.harmless or chosen.firm:
        return Computed("bfloat16", chosen.why, *cut, found)
    why = "Computed in float32, because in bfloat16 the model finds other texts alike."
    return Computed("float32", why, *cut, found)


def _vectors_of(
    place: Place[Encoder], tokens: Tokens, precision: Precision
) -> Iterator[tuple[Integers, Floats]]:
    """Rows and their (B, D) vectors, batch by batch."""
    cut = length_sorted(tokens.lengths, token_budget(place.device))
    batches = ((rows, tokens.taken(rows)) for rows in cut)
    for (rows, _), vectors in place.in_turn(partial(_answer, precision=precision), batches):
        yield rows, vectors


def _answer(copy: Copy[Encoder], batch: tuple[Integers, Tokens], *, precision: Precision) -> Floats:
    """(B, D) vectors of a batch of texts."""
    _, tokens = batch
    return _vectors(copy.within(precision), tokens, np.arange(len(tokens)))


def _compared(place: Place[Encoder], tokens: Tokens) -> Drift:
    """What bfloat16 does to the likeness of texts of all lengths: to the nearest, and the order."""
    order = np.argsort(-tokens.lengths, kind="stable")
    count = min(CHECKED, len(order))
    some = tokens.taken(order[np.linspace(0, len(order) - 1, count).astype(np.int64)])
    exact, low = (
        np.concatenate([vectors for _, vectors in _vectors_of(place, some, precision)])
        for precision in COMPARED
    )
    itself = np.eye(count) * 2  # the nearest is another
    return drift(exact @ exact.T - itself, low @ low.T - itself, multilabel=False)


def _vectors(encoder: Encoder, tokens: Tokens, rows: Integers) -> Floats:
    """(B, D) rows of length 1."""
    import torch

    with torch.inference_mode():
        batch = collate(tokens, rows, encoder.device)
        with encoder.autocast():
            hidden = encoder.model(**batch).last_hidden_state.float()  # (B, T, D)
        mask = batch["attention_mask"][..., None].to(hidden.dtype)
        means = ((hidden * mask).sum(dim=1) / mask.sum(dim=1)).double().cpu().numpy()
    vectors: Floats = means / np.linalg.norm(means, axis=1, keepdims=True)
    return vectors
