"""Precision: bfloat16 where the hardware multiplies it, as long as the probabilities stay put."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from labelviz.core.arrays import Floats
from labelviz.models.loading import Classifier

Precision = Literal["float32", "bfloat16"]
LARGEST_DRIFT = 0.01
"""How far a probability may be from its float32 value before float32 takes over."""


def fastest(device: str) -> Precision:
    """What this hardware multiplies fastest: bfloat16 on GPUs and CPUs that have it built in."""
    import torch

    if device == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported() else "float32"
    able = torch.cpu.get_capabilities()
    return "bfloat16" if able.get("amx_bf16") or able.get("avx512_bf16") else "float32"


def lowered(classifier: Classifier) -> Classifier:
    """The same classifier with its weights in bfloat16; the first one is left as it was."""
    import torch

    return replace(classifier, model=deepcopy(classifier.model).to(torch.bfloat16))


@dataclass(frozen=True)
class Drift:
    """What bfloat16 did to the probabilities of some samples.

    Parameters
    ----------
    samples : how many were compared.
    largest : the largest change of a probability.
    flips : samples, or for multi-label cells, whose predicted class changed.
    """

    samples: int
    largest: float
    flips: int

    @property
    def small(self) -> bool:
        """Whether bfloat16 may be used: no change above 0.01 and every predicted class the same."""
        return self.largest <= LARGEST_DRIFT and self.flips == 0

    def __str__(self) -> str:
        return (
            f"compared with float32 on {self.samples} samples, the largest change of a probability "
            f"is {self.largest:.1g}, and {self.flips} predicted classes change"
        )


def drift(exact: Floats, low: Floats, *, multilabel: bool) -> Drift:
    """Compare (N, K) probabilities in float32 and in bfloat16; a NaN is the largest drift."""
    gaps = np.nan_to_num(np.abs(exact - low), nan=np.inf)
    if multilabel:
        changed = (exact >= 0.5) != (low >= 0.5)
    else:
        changed = exact.argmax(axis=1) != low.argmax(axis=1)
    return Drift(len(exact), float(gaps.max(initial=0)), int(changed.sum()))
