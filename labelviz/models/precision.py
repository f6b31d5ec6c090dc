"""Precision: bfloat16 where the hardware multiplies it and the model says the same, or as asked.

In bfloat16 are the matrix products of a model's body alone. Its weights, the sums between its
layers, normalisation and the head stay in float32, as with autocast: on MiniLM and 600 pairs of
products the probabilities move by 0.0002 so.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from copy import deepcopy
from dataclasses import dataclass
from types import MethodType
from typing import Any

from labelviz.core.settings import PRECISIONS, Precision, PrecisionChoice
from labelviz.errors import ModelRefused

VARIABLE = "LABELVIZ_PRECISION"  # the environment variable that says what `auto` is
HAS = {
    ("cpu", True): "Computed in bfloat16, which this processor multiplies.",
    ("cpu", False): "Computed in float32, because this processor does not multiply bfloat16.",
    ("cuda", True): "Computed in bfloat16, which this graphics processor multiplies.",
    ("cuda", False): "Computed in float32, because this graphics processor does not multiply "
    "bfloat16.",
}


@dataclass(frozen=True)
class Chosen:
    """What to compute in.

    Parameters
    ----------
    precision : of matrix products.
    why : the reason for it, one sentence.
    firm : whether a person chose it, so that no drift overrides it.
    """

    precision: Precision
    why: str
    firm: bool


def choose(asked: PrecisionChoice, device: str, able: Precision | None = None) -> Chosen:
    """What to compute in on a device: as asked, else as the environment says, else the fastest.

    Parameters
    ----------
    able : what is fastest there, where that is another machine.

    Raises
    ------
    ModelRefused : the environment says something else than auto, float32 or bfloat16.
    """
    if asked != "auto":
        return Chosen(asked, f"Computed in {asked}, as asked for.", firm=True)
    said = os.environ.get(VARIABLE) or "auto"
    known = next((each for each in PRECISIONS if each == said), None)
    if known is None:
        raise ModelRefused(
            f"{VARIABLE} is {said!r}, which is no precision.",
            where="environment",
            remedy=f"Set it to one of {', '.join(PRECISIONS)}, or not at all.",
        )
    if known != "auto":
        return Chosen(known, f"Computed in {known}, as {VARIABLE} says.", firm=True)
    found = able or fastest(device)
    return Chosen(found, HAS[device, found == "bfloat16"], firm=False)


def fastest(device: str) -> Precision:
    """What this hardware multiplies fastest: bfloat16 on GPUs and CPUs that have it built in."""
    import torch

    if device == "cuda":
        built_in = torch.cuda.is_bf16_supported(including_emulation=False)
        return "bfloat16" if built_in else "float32"
    able = torch.cpu.get_capabilities()
    return "bfloat16" if able.get("amx_bf16") or able.get("avx512_bf16") else "float32"


def made_with() -> dict[str, dict[str, str]]:
    """Versions of what computes, and the hardware, for a record."""
    import platform
    from importlib.metadata import version

    import torch

    cpu = str(torch.cpu.get_capabilities().get("cpu_name", "")) or platform.machine()
    hardware = {"processor": cpu, "threads": str(torch.get_num_threads())}
    if torch.cuda.is_available():
        hardware["graphics processor"] = torch.cuda.get_device_name()
        exact = torch.get_float32_matmul_precision() == "highest"
        hardware["TF32 in products of float32"] = "off" if exact else "on"
    versions = {name: version(name) for name in ("labelviz", "torch", "transformers")}
    return {"versions": {"python": platform.python_version(), **versions}, "hardware": hardware}


def lowered(model: Any) -> Any:
    """A copy of a model whose weights of products are in bfloat16; it cannot be trained.

    They are cast here once, not at every batch. All others are shared with the model.
    """
    import torch

    linear = [each for each in model.modules() if isinstance(each, torch.nn.Linear)]
    others = [each for each in model.modules() if not isinstance(each, torch.nn.Linear)]
    products = {id(weight) for each in linear for weight in each.parameters(recurse=False)}
    products -= {id(weight) for each in others for weight in each.parameters(recurse=False)}
    products -= {id(weight) for each in heads(model) for weight in each.parameters()}
    copies = {
        id(weight): torch.nn.Parameter(weight.detach().to(torch.bfloat16), requires_grad=False)
        if id(weight) in products
        else weight
        for weight in model.parameters()
    }
    return deepcopy(model, copies)


def autocast(device: str, precision: Precision) -> AbstractContextManager[None]:
    """Inside, matrix products are in a precision."""
    import torch

    return torch.autocast(device, torch.bfloat16, enabled=precision == "bfloat16")


def exact_head(model: Any) -> None:
    """Let what follows a model's layers compute in float32, whatever these compute in.

    It costs next to nothing, and logits in bfloat16 would have three digits.
    """
    for module in heads(model):
        module.forward = MethodType(_in_float32, module)


def heads(model: Any) -> list[Any]:
    """The parts of a model that follow its layers: the pooler, and what is outside of its body."""
    body = model.base_model
    outside = [] if body is model else [each for each in model.children() if each is not body]
    pooler = getattr(body, "pooler", None)
    return outside if pooler is None else [pooler, *outside]


def _in_float32(module: Any, *values: Any, **more: Any) -> Any:
    import torch

    def full(value: Any) -> Any:
        return value.float() if torch.is_tensor(value) and value.is_floating_point() else value

    with autocast("cpu", "float32"), autocast("cuda", "float32"):
        named = {name: full(value) for name, value in more.items()}
        return type(module).forward(module, *map(full, values), **named)
