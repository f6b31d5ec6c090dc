"""Batches: texts tokenised once, then cut and padded so that little padding is computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from labelviz.core.arrays import Integers, Strings
from labelviz.errors import ModelRefused

if TYPE_CHECKING:
    from torch import Tensor

# Tokens of a batch on a CPU: enough to keep the cores busy, little to lose when stopped.
TOKEN_BUDGET = 4096
GPU_TOKEN_BUDGET = 65_536
# Tokens of which activations are kept for one backward pass on a CPU; a step takes several passes.
PASS_BUDGET = 1024
CHUNK = 2048
REMEMBERED = 16_384  # texts whose encoding is kept while pairs are made; about 100 MB
PROBES = 16

Numbers = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Tokens:
    """N tokenised samples of unequal length, one after the other.

    Parameters
    ----------
    ids : (S,) token numbers of all samples.
    segments : (S,) 0 for the first text of a pair, 1 for the second; None where the model has none.
    starts : (N + 1,) where each sample begins in them, and the last ends. No sample is empty.
    padding : the token that fills a batch.
    """

    ids: Numbers
    segments: Numbers | None
    starts: Integers
    padding: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    def taken(self, rows: Integers) -> Tokens:
        """Some of the samples, in this order."""
        lengths = self.lengths[rows]
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        where = np.repeat(self.starts[rows] - starts[:-1], lengths) + np.arange(starts[-1])
        segments = None if self.segments is None else self.segments[where]
        return Tokens(self.ids[where], segments, starts, self.padding)

    @property
    def lengths(self) -> Integers:
        """(N,) number of tokens, at least 1."""
        return np.diff(self.starts)


def tokenise(tokenizer: Any, model: Any, texts: Sequence[Strings], max_tokens: int) -> Tokens:
    """Tokenise samples of one text, or of two as two segments.

    Each distinct text of pairs is encoded once; the tokenizer joins the encodings as it would have.

    Parameters
    ----------
    texts : one or two (N,) arrays.
    max_tokens : longer samples are cut, of a pair the longer side first; never beyond what the
        model has positions for.

    Raises
    ------
    ModelRefused : the tokenizer has no padding token, or more tokens than the model.
    """
    if tokenizer.pad_token_id is None:
        raise ModelRefused(
            "The tokenizer has no padding token.",
            remedy="Set pad_token in tokenizer_config.json and pad_token_id in config.json.",
        )
    padding = int(tokenizer.pad_token_id)
    limit = min(max_tokens, token_limit(tokenizer, model))
    pairs = _Pairs(tokenizer, limit) if _joins_exactly(tokenizer, texts, limit) else None
    ids: list[Numbers] = []
    segments: list[Numbers] = []
    sizes: list[int] = []
    for start in range(0, len(texts[0]), CHUNK):
        sides = [side[start : start + CHUNK].tolist() for side in texts]
        rows, kinds = pairs.encode(*sides) if pairs else _encode(tokenizer, sides, limit)
        # An empty text, and a tokenizer that adds no special tokens, leave nothing to compute.
        rows = [row or [padding] for row in rows]
        sizes += map(len, rows)
        ids.append(_flat(rows))
        segments.append(_flat([kind or [0] for kind in kinds]))
    starts = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)
    joined = np.concatenate([*ids, _flat([])])
    _check_vocabulary(joined, model)
    known = _has_segments(tokenizer, model)
    return Tokens(
        joined, np.concatenate([*segments, _flat([])]) if known else None, starts, padding
    )


Rows = list[list[int]]


def _encode(tokenizer: Any, sides: Sequence[list[str]], limit: int) -> tuple[Rows, Rows]:
    """Token and segment numbers of some samples, all done by the tokenizer."""
    encoded = tokenizer(
        *sides, truncation=True, max_length=limit, return_token_type_ids=True,
        return_attention_mask=False,
    )  # fmt: skip
    ids: Rows = encoded["input_ids"]
    return ids, encoded.get("token_type_ids") or [[0] * len(row) for row in ids]


class _Pairs:
    """Pairs put together by the tokenizer from texts that it encoded before."""

    def __init__(self, tokenizer: Any, limit: int) -> None:
        self._backend = tokenizer.backend_tokenizer
        self._limit = limit
        self._known: dict[str, Any] = {}

    def encode(self, left: list[str], right: list[str]) -> tuple[Rows, Rows]:
        """Token and segment numbers of some pairs."""
        if len(self._known) > REMEMBERED:
            self._known.clear()
        new = [text for text in dict.fromkeys(left + right) if text not in self._known]
        self._backend.no_padding()
        self._backend.no_truncation()  # of the parts; the pairs are cut below
        encodings = self._backend.encode_batch(new, add_special_tokens=False)
        self._known |= zip(new, encodings, strict=True)
        self._backend.enable_truncation(self._limit)
        pairs = [
            self._backend.post_process(self._known[a], self._known[b])
            for a, b in zip(left, right, strict=True)
        ]
        return [pair.ids for pair in pairs], [pair.type_ids for pair in pairs]


def _joins_exactly(tokenizer: Any, texts: Sequence[Strings], limit: int) -> bool:
    """Whether pairs joined from parts equal the tokenizer's own, tried on the longest and others.

    A tokenizer in Rust joins and cuts encodings in one place, so they do unless a subclass in
    Python changes the texts first.
    """
    if (
        len(texts) != 2
        or not len(texts[0])
        or getattr(tokenizer, "backend_tokenizer", None) is None
    ):
        return False
    sizes = np.array([len(a) + len(b) for a, b in zip(*texts, strict=True)])
    spread = np.linspace(0, len(sizes) - 1, PROBES).astype(np.int64)
    rows = np.unique(np.concatenate([np.argsort(-sizes, kind="stable")[:PROBES], spread]))
    sides = [side[rows].tolist() for side in texts]
    own = _encode(tokenizer, sides, limit)
    return _Pairs(tokenizer, limit).encode(*sides) == own


def _flat(rows: Rows) -> Numbers:
    return np.fromiter(chain.from_iterable(rows), dtype=np.int32)


def _has_segments(tokenizer: Any, model: Any) -> bool:
    named = "token_type_ids" in tokenizer.model_input_names
    return named and getattr(model.config, "type_vocab_size", 0) > 1


def _check_vocabulary(ids: Numbers, model: Any) -> None:
    top = int(ids.max(initial=0))
    size = model.get_input_embeddings().num_embeddings
    if top >= size:
        raise ModelRefused(
            f"The tokenizer knows token {top}, the model only {size} tokens.",
            remedy="Use the tokenizer the model was trained with.",
        )


def token_limit(tokenizer: Any, model: Any) -> int:
    """The longest sample a model has positions for, special tokens included.

    A tokenizer that does not know says 1e30. Position embeddings with a padding row, as in RoBERTa,
    count from the row after it, so 514 of them serve 512 tokens.
    """
    limit = min(int(tokenizer.model_max_length), 1_000_000)
    limit = min(limit, int(getattr(model.config, "max_position_embeddings", None) or limit))
    for name, module in model.named_modules():
        padding = getattr(module, "padding_idx", None)
        if name.endswith("position_embeddings") and padding is not None:
            limit = min(limit, module.num_embeddings - padding - 1)
    return limit


def token_budget(device: str) -> int:
    """Tokens of a batch on a device."""
    return GPU_TOKEN_BUDGET if device == "cuda" else TOKEN_BUDGET


def passes(lengths: Integers, device: str) -> int:
    """In how many parts a step on samples of these lengths is computed, to save memory."""
    if device == "cuda":
        return 1
    return max(1, -(-len(lengths) * int(lengths.max()) // PASS_BUDGET))


def length_sorted(lengths: Integers, budget: int = TOKEN_BUDGET) -> list[Integers]:
    """Row numbers in batches of like length, longest first.

    Every row is in one batch. A batch holds at most `budget` tokens with its padding, or one row.
    """
    order = np.argsort(-lengths, kind="stable")
    batches: list[Integers] = []
    start = 0
    while start < len(order):
        size = max(1, budget // int(lengths[order[start]]))
        batches.append(order[start : start + size])
        start += size
    return batches


def collate(tokens: Tokens, rows: Integers, device: str = "cpu") -> dict[str, Tensor]:
    """The chosen rows as (B, T) integer tensors, padded on the right to the longest of them."""
    import torch

    starts, lengths = tokens.starts[rows], tokens.lengths[rows]
    places = np.arange(lengths.max())
    inside = places < lengths[:, None]  # (B, T)
    where = (starts[:, None] + places)[inside]

    def padded(numbers: Numbers, filling: int) -> Tensor:
        batch = np.full(inside.shape, filling, dtype=np.int64)
        batch[inside] = numbers[where]
        return torch.from_numpy(batch).to(device)

    mask = torch.from_numpy(inside.astype(np.int64)).to(device)
    batch = {"input_ids": padded(tokens.ids, tokens.padding), "attention_mask": mask}
    if tokens.segments is not None:
        batch["token_type_ids"] = padded(tokens.segments, 0)
    return batch


def shuffled(lengths: Integers, rows: Integers, size: int, seed: tuple[int, int]) -> list[Integers]:
    """All `rows` once, in random batches of like length; the same for the same seed and lengths.

    Shuffles the rows, sorts every sixteen batches' worth by length, cuts, and shuffles the batches:
    little padding, and still another mixture each time.
    """
    random = np.random.default_rng(seed)
    order = random.permutation(rows)
    stretches = [order[start : start + 16 * size] for start in range(0, len(order), 16 * size)]
    sorted_ = [each[np.argsort(lengths[each], kind="stable")] for each in stretches]
    batches = [
        each[start : start + size] for each in sorted_ for start in range(0, len(each), size)
    ]
    return [batches[place] for place in random.permutation(len(batches))]
