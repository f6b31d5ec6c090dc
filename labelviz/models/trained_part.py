"""The part of a model that is trained: the upper layers, and the tokens that occur."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Embedding

    from labelviz.models.batches import Tokens


def freeze_lowest(model: Any, share: float) -> int:
    """Take the lowest layers and the embeddings below them out of training, their dropout too.

    Fine-tuning changes the lowest layers least (Lee, Tang and Lin 2019, arXiv:1911.03090; Merchant
    et al. 2020, arXiv:2004.14448), and what is not trained needs no backward pass.

    Parameters
    ----------
    share : of the layers, in [0, 1), rounded down; of a model without a list of them, none.

    Returns
    -------
    The number of layers that are frozen.
    """
    import torch

    number = getattr(model.config, "num_hidden_layers", 0)
    lists = [each for each in model.modules() if isinstance(each, torch.nn.ModuleList)]
    layers: Any = next((each for each in lists if len(each) == number), [])
    frozen = int(share * len(layers))
    if not frozen:
        return 0
    first_trained = set(layers[frozen].parameters())
    for parameter in model.base_model.parameters():
        if parameter in first_trained:
            break
        parameter.requires_grad = False
    for module in model.base_model.modules():
        if module is layers[frozen]:
            break
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return frozen


@contextmanager
def occurring_only(model: Any, tokens: Tokens) -> Iterator[None]:
    """Inside, the model has only the tokens that occur; after, all, those as they were trained.

    Half of a small multilingual model is its vocabulary, of which a dataset has a small part. The
    gradient and the two moments of AdamW are then as small as that part. The others keep their
    weights, which AdamW would let decay a little.

    A model whose embeddings are frozen, tied to others or more than a table is left as it is.
    """
    import torch

    full = model.get_input_embeddings()
    weights = [each for _, each in model.named_parameters(remove_duplicate=False)]
    tied = sum(each is full.weight for each in weights) != 1
    if type(full) is not torch.nn.Embedding or tied or not full.weight.requires_grad:
        yield
        return
    occurring = torch.from_numpy(np.unique(np.append(tokens.ids, tokens.padding))).long()
    occurring = occurring.to(full.weight.device)
    part = _part_of(full, occurring)
    model.set_input_embeddings(part)
    try:
        yield
    finally:
        with torch.no_grad():
            full.weight[occurring] = part.weight
        model.set_input_embeddings(full)


def _part_of(full: Embedding, occurring: Tensor) -> Any:
    import torch

    places = torch.zeros(full.num_embeddings, dtype=torch.long, device=occurring.device)
    places[occurring] = torch.arange(len(occurring), device=occurring.device)

    class Part(torch.nn.Module):
        """Rows of an embedding, found by the numbers they have in the whole."""

        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(full.weight.detach()[occurring])
            padding = full.padding_idx
            known = padding is not None and bool((occurring == padding).any())
            self.padding = int(places[padding]) if known else None

        def forward(self, ids: Tensor) -> Tensor:
            return torch.nn.functional.embedding(places[ids], self.weight, padding_idx=self.padding)

    return Part()
