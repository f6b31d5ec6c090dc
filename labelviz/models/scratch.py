"""A small classifier from nothing, for people with no encoder at hand."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from labelviz.errors import ModelRefused
from labelviz.models.loading import name_classes, quiet

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")  # roBERTa's special tokens, by their number
ROLES = MappingProxyType(
    {"bos": "<s>", "cls": "<s>", "eos": "</s>", "sep": "</s>"}
    | {"pad": "<pad>", "unk": "<unk>", "mask": "<mask>"}
)


# How much larger than transformers' defaults these weights start.
WORD_SCALE, QUERY_SCALE = 8.0, 5.0


@dataclass(frozen=True)
class Start:
    """What a new model begins as.

    Parameters
    ----------
    vocab_size : tokens of its tokenizer, at most.
    hidden, intermediate : units of a layer, and between its two products.
    max_tokens : of a text or pair, special tokens included.
    pairs : let attention start as a search for equal tokens, which helps to compare two texts and
        hinders otherwise.
    seed : of the weights.
    """

    vocab_size: int = 4000
    hidden: int = 128
    layers: int = 2
    heads: int = 4
    intermediate: int = 256
    max_tokens: int = 128
    pairs: bool = False
    seed: int = 0


def new_classifier(
    out: Path,
    texts: Iterable[str],
    classes: Sequence[str],
    start: Start = Start(),
    *,
    multilabel: bool = False,
) -> Path:
    """Write a randomly initialised RoBERTa classifier with its own tokenizer; return its folder.

    The tokenizer is byte-level byte-pair encoding learnt from the texts (Radford et al. 2019), so
    it spells any language. The model knows nothing before it is trained; with the default sizes it
    takes under 4 MB. The global random state is left as it was.

    Parameters
    ----------
    out : a new folder.
    texts : what the tokenizer is learnt from.
    classes : class names, the outputs of the model.
    multilabel : whether classes are independent.

    Raises
    ------
    ModelRefused : the folder is there already.
    """
    import torch
    import transformers

    if out.exists():
        raise ModelRefused(
            "The folder for the new model exists.", where=str(out), remedy="Name a new folder."
        )
    tokenizer = _tokenizer(texts, start)
    config: Any = transformers.RobertaConfig(
        vocab_size=len(tokenizer),
        hidden_size=start.hidden,
        num_hidden_layers=start.layers,
        num_attention_heads=start.heads,
        intermediate_size=start.intermediate,
        max_position_embeddings=start.max_tokens + 2,  # RoBERTa counts positions from 2
        type_vocab_size=1,
        bos_token_id=SPECIAL.index("<s>"),
        pad_token_id=SPECIAL.index("<pad>"),
        eos_token_id=SPECIAL.index("</s>"),
    )
    name_classes(config, classes, multilabel=multilabel)
    network: Any = transformers.RobertaForSequenceClassification
    with torch.random.fork_rng():
        torch.manual_seed(start.seed)
        model = network(config)
    if start.pairs:
        _match_equal_tokens(model)
    writing = out.with_name(f".{out.name}.writing")
    shutil.rmtree(writing, ignore_errors=True)
    with quiet():
        model.save_pretrained(writing)
        tokenizer.save_pretrained(writing)
    writing.rename(out)
    return out


def _match_equal_tokens(model: Any) -> None:
    """Let attention start as a search for equal tokens: equal queries and keys, words over places.

    Mimetic initialisation (Trockman and Kolter 2023, arXiv:2305.09828). From a plain start a small
    model hardly learns to compare the two texts of a pair.
    """
    import torch

    with torch.no_grad():
        model.roberta.embeddings.word_embeddings.weight.mul_(WORD_SCALE)
        for layer in model.roberta.encoder.layer:
            attention = layer.attention.self
            attention.query.weight.mul_(QUERY_SCALE)
            attention.key.weight.copy_(attention.query.weight)


def _tokenizer(texts: Iterable[str], start: Start) -> Any:
    from tokenizers import ByteLevelBPETokenizer
    from tokenizers.processors import RobertaProcessing
    from transformers import PreTrainedTokenizerFast

    learnt: Any = ByteLevelBPETokenizer()
    learnt.train_from_iterator(
        texts, vocab_size=start.vocab_size, special_tokens=list(SPECIAL), show_progress=False
    )
    end, begin = (("</s>", SPECIAL.index("</s>")), ("<s>", SPECIAL.index("<s>")))
    learnt.post_processor = RobertaProcessing(end, begin)
    tokenizer: Any = PreTrainedTokenizerFast
    return tokenizer(
        tokenizer_object=learnt._tokenizer,
        **{f"{role}_token": token for role, token in ROLES.items()},
        model_max_length=start.max_tokens,
        model_input_names=["input_ids", "attention_mask"],
    )
