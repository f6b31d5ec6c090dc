"""How fast labelviz trains: against transformers' Trainer with its default arguments.

The same encoder, pairs, batch size, epochs and learning rate; three seeds each. As cross-validation
does in each fold, labelviz judges some other samples after every epoch to keep the best weights,
and writes checkpoints; all of that counts against its rows per second. The loss is that of the
held-out fifth against its labels, without dropout, at the end.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from pairs import CLASSES, PAIRS, balanced, pairs, with_parts
from report import machine, write_table

from labelviz.core.settings import FINE_TUNING

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the command line of labelviz does
SEEDS = (0, 1, 2)
BATCH, EPOCHS, RATE = 8, 3, 5e-5  # the defaults of Trainer
# What differs from the settings of cross-validation.
KINDS: dict[str, dict[str, float]] = {
    "**labelviz**, all layers": {"frozen": 0.0},
    "**labelviz**, as in cross-validation": {},
}


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="", help=f"folder that holds {PAIRS}")
    parser.add_argument("--encoder", default="", help="folder of a BERT-like encoder")
    parser.add_argument("--rows", type=int, default=600, help="pairs, half of them matches")
    options = parser.parse_args()
    file, config = Path(options.data) / PAIRS, Path(options.encoder) / "config.json"
    if not options.data or not file.is_file() or not config.is_file():
        sys.exit(
            "bench-train needs the pairs and an encoder, which are not part of labelviz:\n"
            f"  make bench-train DATA=<folder with {PAIRS}> ENCODER=<folder of an encoder>"
        )
    dataset = with_parts(balanced(pairs(file, 10**6), options.rows))
    with tempfile.TemporaryDirectory() as folder:
        measure(dataset, options.encoder, Path(folder))


def measure(dataset: Any, encoder: str, folder: Path) -> None:
    """All trainers in turn, seed by seed."""
    works: dict[str, Any] = {"transformers.Trainer": trainer}
    works |= {name: partial(labelviz, **more) for name, more in KINDS.items()}
    rates: dict[str, list[float]] = {name: [] for name in works}
    losses: dict[str, list[float]] = {name: [] for name in works}
    for seed in SEEDS:
        for number, (name, work) in enumerate(works.items()):
            rate, loss = work(dataset, encoder, seed, folder / f"{number}-{seed}")
            rates[name].append(rate)
            losses[name].append(loss)
            print(f"{name} seed {seed}: {rate:.1f} rows/s, loss {loss:.4f}", flush=True)
    base = next(iter(works))
    rows = [
        [
            name,
            f"{np.median(rates[name]):.1f}",
            f"{np.median(np.divide(rates[name], rates[base])):.2f}",
            f"{np.mean(losses[name]):.4f}",
            f"{min(losses[name]):.4f} to {max(losses[name]):.4f}",
        ]
        for name in works
    ]
    mean = {name: np.mean(each) for name, each in losses.items()}
    apart = ", ".join(f"{mean[name] - mean[base]:+.4f}" for name in KINDS)
    spread = ", ".join(f"{max(each) - min(each):.4f}" for each in losses.values())
    write_table(
        "train",
        "Training",
        ["", "rows/s", "x Trainer", "held-out loss", "over three seeds"],
        rows,
        [
            f"{(dataset.split == 'train').sum():,} pairs of `{PAIRS}`, half of them matches, "
            f"{EPOCHS} epochs, batches of {BATCH}, learning rate {RATE:g}: the defaults of "
            f"Trainer. {(dataset.split == 'test').sum():,} other pairs are held out. In "
            "cross-validation the embeddings and the lowest third of the layers stay as they were. "
            f"The mean losses of labelviz differ from Trainer's by {apart}; over their seeds the "
            f"three spread by {spread}. "
            f"{machine()} `make bench-train`."
        ],
    )


def labelviz(
    dataset: Any, encoder: str, seed: int, out: Path, **more: float
) -> tuple[float, float]:
    """Rows per second of `train`, its evaluations counted, and the held-out loss at the end."""
    from labelviz.layers.making import make_targets
    from labelviz.layers.policy import parse_policy
    from labelviz.models.predict import predict
    from labelviz.models.samples import TrainingData
    from labelviz.models.train import train

    ours = {"epochs": EPOCHS, "learning_rate": RATE, "batch_size": BATCH, "seed": seed, **more}
    settings = replace(FINE_TUNING, **ours)
    targets = make_targets(dataset, parse_policy("hard"))
    began = time.perf_counter()
    run = train(TrainingData(dataset, targets), encoder, out, settings)
    seconds = time.perf_counter() - began
    held = dataset.take(np.flatnonzero(dataset.split == "test"))
    p = predict(held, run.model).values[np.arange(len(held)), held.given]
    return int((dataset.split == "train").sum()) * EPOCHS / seconds, float(-np.log(p).mean())


def trainer(dataset: Any, encoder: str, seed: int, out: Path) -> tuple[float, float]:
    """Rows per second of `Trainer.train` with default arguments, and the held-out loss."""
    import torch
    import transformers

    transformers.set_seed(seed)
    began = time.perf_counter()
    tokenizer = transformers.AutoTokenizer.from_pretrained(encoder)
    network = transformers.AutoModelForSequenceClassification.from_pretrained(
        encoder, num_labels=len(CLASSES)
    )
    sides = [side.tolist() for side in dataset.texts]
    encoded = tokenizer(*sides, truncation=True, max_length=FINE_TUNING.max_tokens)
    data = [
        {**{name: encoded[name][row] for name in encoded}, "labels": int(label)}
        for row, label in enumerate(dataset.given)
    ]
    train = [data[row] for row in np.flatnonzero(dataset.split == "train")]
    held = [data[row] for row in np.flatnonzero(dataset.split == "test")]
    arguments = transformers.TrainingArguments(
        str(out), num_train_epochs=EPOCHS, per_device_train_batch_size=BATCH, learning_rate=RATE,
        seed=seed, disable_tqdm=True,
    )  # fmt: skip
    runner = transformers.Trainer(
        network, arguments, train_dataset=train, processing_class=tokenizer
    )
    runner.train()
    seconds = time.perf_counter() - began
    logits = torch.from_numpy(runner.predict(held).predictions)
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor([row["labels"] for row in held]))
    return len(train) * EPOCHS / seconds, float(loss)


if __name__ == "__main__":
    main()
