"""Batches: texts tokenised once, then cut and padded so that little padding is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from labelviz.core.arrays import Integers, Strings
from labelviz.errors import ModelRefused

if TYPE_CHECKING:
    from torch import Tensor

MAX_TOKENS = 256
TOKEN_BUDGET = 8192
CHUNK = 2048


@dataclass(frozen=True, eq=False)
class Tokens:
    """N tokenised samples of unequal length.

    Parameters
    ----------
    columns : model inputs by name (input_ids, attention_mask, maybe token_type_ids), N lists each.
    lengths : (N,) number of tokens, at least 1.
    padding : the number that fills each column.
    """

    columns: Mapping[str, Sequence[Sequence[int]]]
    lengths: Integers
    padding: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.lengths)


def tokenise(
    tokenizer: Any, model: Any, texts: Sequence[Strings], max_tokens: int = MAX_TOKENS
) -> Tokens:
    """Tokenise samples of one text, or of two as two segments.

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
    names = _inputs(tokenizer, model)
    columns: dict[str, list[list[int]]] = {name: [] for name in names}
    limit = min(max_tokens, token_limit(tokenizer, model))
    for start in range(0, len(texts[0]), CHUNK):
        sides = [side[start : start + CHUNK].tolist() for side in texts]
        encoded = tokenizer(*sides, truncation=True, max_length=limit)
        for name in names:
            columns[name] += encoded[name]
    padding = dict.fromkeys(names, 0) | {"input_ids": int(tokenizer.pad_token_id)}
    for row, ids in enumerate(columns["input_ids"]):
        if not ids:  # an empty text, and a tokenizer that adds no special tokens
            for name in names:
                columns[name][row] = [1 if name == "attention_mask" else padding[name]]
    lengths = np.array([len(ids) for ids in columns["input_ids"]], dtype=np.int64)
    _check_vocabulary(columns["input_ids"], model)
    return Tokens(columns, lengths, padding)


def _inputs(tokenizer: Any, model: Any) -> tuple[str, ...]:
    segments = "token_type_ids" in tokenizer.model_input_names
    segments = segments and getattr(model.config, "type_vocab_size", 0) > 1
    return ("input_ids", "attention_mask", *(("token_type_ids",) if segments else ()))


def _check_vocabulary(ids: list[list[int]], model: Any) -> None:
    top = max((max(each) for each in ids), default=0)
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

    width = int(tokens.lengths[rows].max())
    batch: dict[str, Tensor] = {}
    for name, column in tokens.columns.items():
        padded = np.full((len(rows), width), tokens.padding[name], dtype=np.int64)
        for place, row in enumerate(rows):
            padded[place, : tokens.lengths[row]] = column[row]
        batch[name] = torch.from_numpy(padded).to(device)
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
