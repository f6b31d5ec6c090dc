"""The part of a vocabulary that is trained: the tokens that occur."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Embedding

    from labelviz.models.batches import Tokens


@contextmanager
def occurring_only(model: Any, tokens: Tokens) -> Iterator[None]:
    """Inside, the model has embeddings of the tokens that occur; after, all, the trained among them.

    Half of a small multilingual model is its vocabulary, of which a dataset has a small part. The
    gradient and the two moments of AdamW are then as small as that part. The others keep their
    weights, which AdamW would let decay a little.

    A model whose embeddings are tied to other weights, or are more than a table, is left as it is.
    """
    import torch

    full = model.get_input_embeddings()
    weights = [each for _, each in model.named_parameters(remove_duplicate=False)]
    if type(full) is not torch.nn.Embedding or sum(each is full.weight for each in weights) != 1:
        yield
        return
    occurring = torch.from_numpy(tokens.ids).unique().long()
    occurring = torch.cat([occurring, torch.tensor([tokens.padding])]).unique()
    part = _part_of(full, occurring.to(full.weight.device))
    model.set_input_embeddings(part)
    try:
        yield
    finally:
        with torch.no_grad():
            full.weight[part.occurring] = part.weight
        model.set_input_embeddings(full)


def _part_of(full: Embedding, occurring: Tensor) -> Any:
    import torch

    class Part(torch.nn.Module):
        """Rows of an embedding, found by the numbers they have in the whole."""

        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(full.weight.detach()[occurring])
            places = torch.zeros(full.num_embeddings, dtype=torch.long, device=occurring.device)
            places[occurring] = torch.arange(len(occurring), device=occurring.device)
            self.register_buffer("places", places, persistent=False)
            self.register_buffer("occurring", occurring, persistent=False)
            padding = full.padding_idx
            known = padding is not None and bool((occurring == padding).any())
            self.padding = int(places[padding]) if known else None

        def forward(self, ids: Tensor) -> Tensor:
            return torch.nn.functional.embedding(
                self.places[ids], self.weight, padding_idx=self.padding
            )

    return Part()
