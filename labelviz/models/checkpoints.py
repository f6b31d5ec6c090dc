"""Checkpoints: what a stopped run goes on from, complete or ignored.

A checkpoint is a folder named by its step. It is written under another name, put on the disk and
renamed, so one that has its name is whole; its manifest says so again. The one before is removed
only then.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelviz.core.files import replaced_folder, sha256, sync

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module
    from torch.optim import Optimizer

WEIGHTS, BEST, OPTIMIZER, STATE, MANIFEST = (
    "model.safetensors", "best.safetensors", "optimizer.safetensors", "state.json", "manifest.json",
)  # fmt: skip
PARTS = WEIGHTS, BEST, OPTIMIZER, STATE
MEMORY = "memory"  # under which the optimiser's file holds what the loss remembers
WRITING = ".writing"


@dataclass
class State:
    """Where a run is.

    Parameters
    ----------
    step : optimiser steps done.
    best_step, best_loss : the evaluation with the lowest selection loss, and that loss in nats.
    waited : evaluations since then.
    seconds : time spent, over all sittings.
    rows : the log.
    parts : in how many a step is computed at least, since memory was short once.
    """

    step: int = 0
    best_step: int = 0
    best_loss: float = float("inf")
    waited: int = 0
    seconds: float = 0.0
    rows: list[dict[str, Any]] = field(default_factory=list)
    parts: int = 1


def save(
    folder: Path, state: State, model: Module, optimizer: Optimizer, memory: Tensor | None = None
) -> None:
    """Write a checkpoint, then remove the older ones.

    Parameters
    ----------
    memory : what the loss remembers of each sample, kept with what the optimiser remembers.

    Raises
    ------
    WorkspaceRefused : the disk does not take it; the older ones are as they were.
    """
    from safetensors.torch import save_file

    older = _complete(folder)
    final = folder / f"{state.step:06d}"
    with replaced_folder(final, folder / WRITING) as writing, tensors_written():
        save_file(_copied(_trained(model)), writing / WEIGHTS)
        remembered = {} if memory is None else _copied({MEMORY: memory})
        save_file(_flat(optimizer) | remembered, writing / OPTIMIZER)
        is_best = state.step == state.best_step or not older
        _link(writing / WEIGHTS if is_best else older[-1] / BEST, writing / BEST)
        (writing / STATE).write_text(json.dumps(asdict(state)), encoding="utf-8")
        hashes = {name: sha256(writing / name) for name in PARTS}
        (writing / MANIFEST).write_text(json.dumps(hashes), encoding="utf-8")
    for each in older:
        if each != final:
            shutil.rmtree(each)


@contextmanager
def tensors_written() -> Iterator[None]:
    """Inside, what safetensors and tokenizers say of the disk is an OSError, as others say it."""
    try:
        yield
    except Exception as error:
        said = re.search(r"\(os error (\d+)\)", str(error))
        if not said:
            raise
        raise OSError(int(said[1]), os.strerror(int(said[1]))) from error


def restore(
    folder: Path, model: Module, optimizer: Optimizer, memory: Tensor | None = None
) -> State | None:
    """Load the newest complete checkpoint into all of them; None if there is none."""
    from safetensors.torch import load_file

    complete = _complete(folder)
    if not complete:
        return None
    newest = complete[-1]
    model.load_state_dict(model.state_dict() | load_file(newest / WEIGHTS))
    tensors = load_file(newest / OPTIMIZER)
    if memory is not None:
        memory.copy_(tensors.pop(MEMORY))
    _unflatten(optimizer, tensors)
    return State(**json.loads((newest / STATE).read_text(encoding="utf-8")))


def restore_best(folder: Path, model: Module) -> bool:
    """Load the best weights so far; False, and nothing is changed, where they are gone."""
    from safetensors.torch import load_file

    complete = _complete(folder)
    if complete:
        model.load_state_dict(model.state_dict() | load_file(complete[-1] / BEST))
    return bool(complete)


def newest(folder: Path) -> int | None:
    """The step of the newest complete checkpoint; None where there is none."""
    complete = _complete(folder)
    return int(complete[-1].name) if complete else None


def _complete(folder: Path) -> list[Path]:
    """The checkpoints that agree with their manifests, oldest first."""
    if not folder.is_dir():
        return []
    named = sorted(each for each in folder.iterdir() if each.name.isdecimal())
    return [each for each in named if _is_complete(each)]


def _is_complete(checkpoint: Path) -> bool:
    try:
        manifest = json.loads((checkpoint / MANIFEST).read_text(encoding="utf-8"))
        told = manifest.keys() == {*PARTS}
        return told and all(sha256(checkpoint / name) == manifest[name] for name in PARTS)
    except (OSError, ValueError, AttributeError):
        return False


def _trained(model: Module) -> dict[str, Tensor]:
    """All that training may change."""
    frozen = {name for name, each in model.named_parameters() if not each.requires_grad}
    return {name: each for name, each in model.state_dict().items() if name not in frozen}


def _copied(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Copies, because tied weights share memory and the format has no way to say so."""
    return {name: tensor.detach().cpu().clone() for name, tensor in tensors.items()}


def _flat(optimizer: Optimizer) -> dict[str, Tensor]:
    """The optimiser's tensors by `<parameter number>.<name>`."""
    state = optimizer.state_dict()["state"]
    return _copied(
        {f"{k}.{name}": tensor for k, each in state.items() for name, tensor in each.items()}
    )


def _unflatten(optimizer: Optimizer, tensors: dict[str, Tensor]) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        number, name = key.split(".", 1)
        state.setdefault(int(number), {})[name] = tensor
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})


def _link(source: Path, target: Path) -> None:
    """A second name for the same bytes, or a copy where the file system has no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
        sync(target)
