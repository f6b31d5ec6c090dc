"""Elsewhere: a folder that a machine without labelviz trains from, to the same result.

train.py          one page of plain torch and transformers, which reads the files beside it
settings.json     the settings, the model, and the classes in the order of the targets
samples.jsonl     for each sample: id, texts, split, target, weight, and the label it is judged by
requirements.txt  what train.py needs
README.md         how to run it, and the numbers to expect
model/            the model, where it was a folder and no hub id
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from labelviz.core.arrays import Floats
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.files import created_folder
from labelviz.core.settings import TrainSettings
from labelviz.core.visible import in_markdown
from labelviz.models import folders
from labelviz.models.runs import Run
from labelviz.models.samples import Samples, TrainingData, digest_of, samples_of

# What is trained where no model was named: small, of many languages, MIT.
ENCODER = "intfloat/multilingual-e5-small"
SCRIPT, NEEDED = "train.py", ("torch", "transformers", "numpy", "safetensors")
MODEL = "model"


def write_training(
    folder: Path,
    data: TrainingData,
    model: str,
    settings: TrainSettings,
    runs: Sequence[Run],
) -> Path:
    """Write the folder, which must not exist; returns it.

    Parameters
    ----------
    model : folder, which is copied, or hub id; where empty, a small encoder of the hub.
    runs : trainings with labelviz, of which those on these targets are named as what to expect.

    Raises
    ------
    ModelRefused : the model's folder is none that is loaded safely.
    RunRefused : there is nothing to train or to validate on.
    ExportRefused : the folder exists, or cannot be written.
    """
    dataset, targets, samples = data.dataset, data.targets, samples_of(data)
    place = folders.place_of(model) if model else None
    with created_folder(folder) as writing:
        if place:
            folders.check_folder(place)
            shutil.copytree(place, writing / MODEL)
        said = {
            "model": MODEL if place else model or ENCODER,
            "classes": list(dataset.classes),
            "multilabel": dataset.multilabel,
            "training": asdict(settings),
            "policy": targets.policy,
            "dataset": dataset.fingerprint,
            "targets": digest_of(targets),
            "labelviz": version("labelviz"),
        }
        _write(writing / "settings.json", json.dumps(said, ensure_ascii=False, indent=1) + "\n")
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in _rows(dataset, samples))
        _write(writing / "samples.jsonl", "".join(lines))
        _write(
            writing / SCRIPT, files("labelviz.models").joinpath("train.py.txt").read_text("utf-8")
        )
        _write(writing / "requirements.txt", _requirements())
        _write(writing / "README.md", readme(samples, said, runs))
    return folder


def readme(samples: Samples, said: dict[str, Any], runs: Sequence[Run]) -> str:
    """How to train from the folder, and the numbers to expect."""
    sizes, train = samples.sizes, samples.train
    weight = samples.weight[train].sum()
    return f"""# Training on these targets

    pip install -r requirements.txt
    python train.py

Several GPUs: `pip install accelerate`, then `accelerate launch train.py`. A training that was
stopped goes on where it was when it is started again. The model starts from
{in_markdown(said["model"])}; `--model` names another. `trained/` gets the best model by validation
loss, the probabilities of all samples, and `result.json`.

Do not train these targets with the losses that transformers chooses: without `problem_type` it
takes rows of shares for several labels at once. `train.py` has the loss that belongs to them.

## Numbers to expect

| | |
|---|---|
| samples | {sizes["train"]:,} train, {sizes["validation"]:,} validation, {sizes["test"]:,} test |
| weight of the training samples | {weight:.6g} |
| lowest training loss there can be: the entropy of the targets | {_floor(samples):.6f} nats |
| validation loss of a model that knows only how frequent classes are | {_prior(samples):.4f} nats |
| policy | {in_markdown(said["policy"], cell=True)} |

{_expected(said, runs)}
"""


def _expected(said: dict[str, Any], runs: Sequence[Run]) -> str:
    """What labelviz reached on these targets, run by run."""
    mine = [run for run in runs if run.complete and run.record.get("targets") == said["targets"]]
    if not mine:
        return "Nothing was trained on these targets with labelviz yet."
    cells = ("trained with labelviz", "from", "settings", "best step", "validation loss",
             "accuracy", "test loss", "accuracy")  # fmt: skip
    return "\n".join([_line(cells), _line(["---"] * len(cells)), *map(_run_line, mine)])


def _run_line(run: Run) -> str:
    best = next(row for row in run.rows if row["step"] == run.best_step)
    same = ", ".join(f"{name} {value}" for name, value in asdict(run.settings).items())
    names = ("selection_nll", "validation_accuracy", "test_nll", "test_accuracy")
    numbers = [f"{best[name]:.4f}" if best.get(name) is not None else "" for name in names]
    told = (in_markdown(str(each), cell=True) for each in (run.name, run.record["model"]))
    return _line([*told, same, str(run.best_step), *numbers])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _rows(dataset: Dataset, samples: Samples) -> list[dict[str, Any]]:
    validation = samples.part == "validation"
    shown = validation[:, None] if samples.multilabel else validation
    label = np.where(shown, samples.selection, samples.given)
    return [
        {
            "id": str(dataset.ids[row]),
            "texts": [str(side[row]) for side in dataset.texts],
            "split": str(samples.part[row]),
            "target": [None if np.isnan(q) else q for q in samples.targets[row].tolist()],
            "weight": float(samples.weight[row]),
            "label": _label(label[row].tolist()),
        }
        for row in range(len(dataset))
    ]


def _label(label: Any) -> Any:
    """A class number, or 0 and 1 for each class; None where it is not known."""
    if isinstance(label, list):
        return [_label(each) for each in label]
    return None if label == MISSING else label


def _requirements() -> str:
    return "".join(f"{name}>={version(name).partition('+')[0]}\n" for name in NEEDED)


def _entropy(q: Floats, multilabel: bool) -> Floats:
    """(N,) entropy of rows in nats; of several labels the sum over known cells."""
    shares = np.stack([q, 1 - q]) if multilabel else q[None]
    inner = np.where(shares > 0, shares * np.log(np.where(shares > 0, shares, 1)), 0.0)
    return -np.asarray(np.nansum(inner, axis=(0, 2)))


def _floor(samples: Samples) -> float:
    """Weighted mean entropy of the training targets, over samples or over known cells."""
    rows = samples.train
    total = (samples.weight[rows] * _entropy(samples.targets[rows], samples.multilabel)).sum()
    return float(total / samples.weight_of(rows))


def _prior(samples: Samples) -> float:
    """Mean -log of the frequency of the label, over the validation samples or their known cells."""
    q, w = samples.targets[samples.train], samples.weight[samples.train, None]
    known = ~np.isnan(q)
    p = (w * np.where(known, q, 0)).sum(axis=0) / np.maximum((w * known).sum(axis=0), 1e-12)
    labels = samples.selection
    found = labels != MISSING
    right = np.where(labels == 1, p, 1 - p)[found] if samples.multilabel else p[labels[found]]
    return float(-np.log(np.maximum(right, 1e-12)).mean())


def _write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")
