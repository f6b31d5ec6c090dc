"""Layers of BERT and its kin with less to compute; the logits are those of transformers.

Queries, keys and values come from one matrix product instead of three, which keeps the cores
busier; and since the head reads the first token alone, the last layer is computed for no other.
With products in bfloat16 the sums between layers and the softmax stay in float32.
"""

from __future__ import annotations

from functools import partial
from types import MethodType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor
    from torch.nn import Linear, Module

# Model types whose layers have the parts of BERT's, and whose heads read the first token.
BERT_KIN = frozenset({"bert", "camembert", "electra", "roberta", "xlm-roberta"})


def fuse_products(model: Any) -> None:
    """Replace the forward passes of a classifier's layers; the weights and their names stay.

    Models of other types, and decoders, are left as they are. Equal to transformers up to the
    rounding of float32; dropout draws other numbers.
    """
    kind = model.config.model_type
    if getattr(model.config, "is_decoder", False):
        return
    if kind in BERT_KIN:
        layers, forward = model.base_model.encoder.layer, _bert
    elif kind == "distilbert":
        layers, forward = model.base_model.transformer.layer, _distilbert
    else:
        return
    for layer in layers[:-1]:
        layer.forward = MethodType(forward, layer)
    layers[-1].forward = MethodType(partial(forward, first=True), layers[-1])


def _bert(
    layer: Any, hidden: Tensor, mask: Tensor | None = None, *_: Any, first: bool = False, **__: Any
) -> Tensor:
    """(B, T, D) to (B, T, D), or to (B, 1, D) of the first token."""
    own, hidden = layer.attention.self, hidden.float()  # a projection before the first layer is low
    read = _attend(own, (own.query, own.key, own.value), hidden, mask, first)
    mixed = layer.attention.output(read, hidden[:, :1] if first else hidden)
    result: Tensor = layer.output(layer.intermediate(mixed), mixed)
    return result


def _distilbert(
    layer: Any, hidden: Tensor, mask: Tensor | None = None, *_: Any, first: bool = False, **__: Any
) -> Tensor:
    """(B, T, D) to (B, T, D), or to (B, 1, D) of the first token."""
    own = layer.attention
    read = own.out_lin(_attend(own, (own.q_lin, own.k_lin, own.v_lin), hidden, mask, first))
    mixed = layer.sa_layer_norm(read + (hidden[:, :1] if first else hidden))
    result: Tensor = layer.output_layer_norm(layer.ffn(mixed) + mixed)
    return result


def _attend(
    own: Any, parts: Sequence[Linear], hidden: Tensor, mask: Tensor | None, first: bool
) -> Tensor:
    """What every token, or the first alone, reads from all tokens of its sample."""
    import torch

    size = own.attention_head_size
    if first:
        (query,) = _projected(hidden[:, :1], parts[:1], size)
        key, value = _projected(hidden, parts[1:], size)
        mask = None if mask is None else mask[:, :, :1]
    else:
        query, key, value = _projected(hidden, parts, size)
    dropout: Module = own.dropout
    if own.config._attn_implementation == "eager":
        scores = (query @ key.transpose(2, 3)).float() * own.scaling
        shares = (scores if mask is None else scores + mask).softmax(dim=-1)
        read = dropout(shares).to(value.dtype) @ value
    else:
        p = own.dropout.p if own.training else 0.0
        read = torch.nn.functional.scaled_dot_product_attention(
            query, key, value, attn_mask=mask, dropout_p=p, scale=own.scaling
        )
    joined: Tensor = read.transpose(1, 2).flatten(2)  # (B, T, D)
    return joined


def _projected(hidden: Tensor, parts: Sequence[Linear], size: int) -> tuple[Tensor, ...]:
    """The (B, H, T, size) heads of each part, all parts in one matrix product."""
    import torch

    weight = torch.cat([part.weight for part in parts])
    bias = torch.cat([part.bias for part in parts])
    rows, places, _ = hidden.shape
    product = torch.nn.functional.linear(hidden, weight, bias)
    heads = product.view(rows, places, len(parts), -1, size).permute(2, 0, 3, 1, 4)
    return heads.unbind(0)
