"""Losses that hold against wrong labels: to be tried beside softer targets, never a default.

Each changes the cross-entropy against the targets in its own way, as its paper has it:

selc     from the second epoch on a target moves a tenth of the way to what the model says, each
         time (self-ensemble label correction, Lu and He 2022, arXiv:2205.01156)
elr      what the model said early is held on to: plus 3 log(1 - <p, t>), where t is its running
         mean (early-learning regularization, Liu et al. 2020, arXiv:2007.00151)
forward  the model is judged by T' p: by what is given where its answer is true
         (forward correction, Patrini et al. 2017, arXiv:1609.03683)

What people decided holds no error of an LLM, so that those samples have the plain loss. For several
labels every cell is a distribution over two: not there, and there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from labelviz.core.arrays import Floats, Integers
from labelviz.core.settings import CROSS_ENTROPY, ELR, FORWARD, SELC
from labelviz.errors import RunRefused
from labelviz.models.losses import soft_binary_cross_entropy, soft_cross_entropy

if TYPE_CHECKING:
    from torch import Tensor

    from labelviz.models.group import Group
    from labelviz.models.samples import Samples

SELC_KEPT: Final = 0.9
SELC_FROM: Final = 1  # epochs, in which the model learns what most labels agree on
ELR_KEPT: Final = 0.7
ELR_WEIGHT: Final = 3.0
LEAST_P: Final = 1e-4  # of a class for ELR, so that no logarithm is infinite
LEAST_T: Final = 1e-6


class Loss:
    """The loss of a training, with what it remembers of each sample from one step to the next.

    Parameters
    ----------
    kind : a word of `labelviz.core.settings.LOSSES`.
    per_epoch : steps in one pass over the training samples.
    noise : T of the forward loss, T[j, i] = P(given = i | true = j): (K, K), or (K, 2, 2) for
        several labels, a matrix for each class.

    Attributes
    ----------
    memory : (N, K), or (N, K, 2) for several labels, distributions; None where the loss remembers
        nothing.
    """

    def __init__(
        self, kind: str, samples: Samples, per_epoch: int, noise: Floats | None = None
    ) -> None:
        import torch

        self.kind, self.samples, self.per_epoch = kind, samples, per_epoch
        self.memory: Tensor | None = None
        self._log_t: Tensor | None = None
        self._new: list[tuple[Integers, Tensor]] = []
        if kind in (SELC, ELR):
            said = self._distributions(torch.tensor(samples.targets, dtype=torch.float32))
            self.memory = said if kind == SELC else torch.zeros_like(said)
        elif kind == FORWARD:
            self._log_t = _log_matrix(noise)

    def of(self, step: int, rows: Integers, logits: Tensor) -> Tensor:
        """The summed weighted loss of some samples of a step, in nats.

        Parameters
        ----------
        step : counted from 0. rows : (B,) row numbers. logits : (B, K).
        """
        import torch

        samples, device = self.samples, logits.device
        targets = torch.as_tensor(samples.targets[rows], dtype=torch.float32, device=device)
        weight = torch.as_tensor(samples.weight[rows], dtype=torch.float32, device=device)
        if self.kind == CROSS_ENTROPY:
            loss_of = soft_binary_cross_entropy if samples.multilabel else soft_cross_entropy
            return loss_of(logits, targets, weight)[0]
        q = self._distributions(targets)
        log_p = self._log_distributions(logits.float())
        known = ~q.isnan().any(dim=-1)  # (B,) or (B, K)
        q = q.nan_to_num()
        plain = -(q * log_p).sum(dim=-1)
        by_people = torch.as_tensor(samples.by_people[rows], device=device)
        if samples.multilabel:
            by_people, weight = by_people[:, None], weight[:, None]
        losses = plain.where(by_people, self._robust(step, rows, q, log_p, plain))
        return (weight * losses.where(known, 0.0)).sum()

    def _robust(self, step: int, rows: Integers, q: Tensor, log_p: Tensor, plain: Tensor) -> Tensor:
        """(B,) or (B, K) losses by distributions, those of the targets and of the model.

        Parameters
        ----------
        plain : the cross-entropy of both.
        """
        import torch

        if self._log_t is not None:
            mixed = (log_p[..., :, None] + self._log_t.to(log_p.device)).logsumexp(dim=-2)
            return -(q * mixed).sum(dim=-1)
        if self.kind == SELC:
            if self._waits(step):
                return plain
            moved = self._remembered(rows, SELC_KEPT, log_p.exp())
            return -(moved.nan_to_num() * log_p).sum(dim=-1)
        p = log_p.exp().clamp(LEAST_P, 1 - LEAST_P)
        held = self._remembered(rows, ELR_KEPT, p / p.sum(dim=-1, keepdim=True))
        return plain + ELR_WEIGHT * torch.log1p(-(held * p).sum(dim=-1))

    def _remembered(self, rows: Integers, kept: float, p: Tensor) -> Tensor:
        """The memory of some samples with what the model says now, to be kept after the step."""
        assert self.memory is not None  # noqa: S101 - only losses that remember ask
        new = kept * self.memory[rows].to(p.device) + (1 - kept) * p.detach()
        self._new.append((rows, new.cpu()))
        return new

    def begin(self) -> None:
        """Forget what was not kept: the step is computed anew."""
        self._new.clear()

    def keep(self, step: int, rows: Integers, group: Group) -> None:
        """Remember what all processes of a group found in a step on these samples."""
        import torch

        if self.memory is None or self._waits(step):
            return
        place = {int(row): at for at, row in enumerate(rows)}
        new = torch.zeros_like(self.memory[rows])
        for mine, values in self._new:
            new[[place[int(row)] for row in mine]] = values
        self.memory[rows] = torch.from_numpy(group.gathered(new.numpy()))
        self._new.clear()

    def _waits(self, step: int) -> bool:
        """Whether targets do not move yet."""
        return self.kind == SELC and step < SELC_FROM * self.per_epoch

    def _distributions(self, targets: Tensor) -> Tensor:
        """(..., K) as they are, or (..., K, 2) of cells."""
        return self._both(1 - targets, targets) if self.samples.multilabel else targets

    def _log_distributions(self, logits: Tensor) -> Tensor:
        from torch.nn.functional import logsigmoid

        if self.samples.multilabel:
            return self._both(logsigmoid(-logits), logsigmoid(logits))
        return logits.log_softmax(dim=-1)

    @staticmethod
    def _both(absent: Tensor, there: Tensor) -> Tensor:
        import torch

        return torch.stack([absent, there], dim=-1)


def check_loss(kind: str, noise: Floats | None, epochs: float) -> None:
    """Raise RunRefused where a loss asks for what is not there."""
    if kind == SELC and epochs <= SELC_FROM:
        raise RunRefused(
            "SELC moves targets from the second epoch on, and there is none.",
            where="loss selc",
            safe="Nothing was begun.",
            remedy="Train longer, or take another loss.",
        )
    if kind == FORWARD and noise is None:
        raise RunRefused(
            "The forward loss needs to know how often each class is given for another.",
            where="loss forward",
            safe="Nothing was begun.",
            remedy="Get a model's probabilities first, by which it is told, and better with "
            "reviews; or take another loss.",
        )


def _log_matrix(noise: Floats | None) -> Tensor:
    import torch

    assert noise is not None  # noqa: S101 - `check_loss` refuses it
    t = np.maximum(noise, LEAST_T)
    return torch.from_numpy(np.log(t / t.sum(axis=-1, keepdims=True))).float()
