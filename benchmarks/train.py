"""How fast labelviz trains: against transformers' Trainer with its default arguments.

The same encoder, pairs, batch size, epochs and learning rate; three seeds each. As in
cross-validation labelviz judges the held-out fifth before and after, and writes checkpoints; all of
that counts against its rows per second. The loss is that of the held-out fifth against its labels,
without dropout, at the end.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from predict import CLASSES, PAIRS, pairs
from report import machine, write_table

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the command line of labelviz does
SEEDS = (0, 1, 2)
BATCH, EPOCHS, RATE = 8, 1, 5e-5  # the defaults of Trainer, but for its three epochs


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="", help=f"folder that holds {PAIRS}")
    parser.add_argument("--encoder", default="", help="folder of a BERT-like encoder")
    parser.add_argument("--rows", type=int, default=400, help="pairs; a fifth is held out")
    options = parser.parse_args()
    file, config = Path(options.data) / PAIRS, Path(options.encoder) / "config.json"
    if not options.data or not file.is_file() or not config.is_file():
        sys.exit(
            "bench-train needs the pairs and an encoder, which are not part of labelviz:\n"
            f"  make bench-train DATA=<folder with {PAIRS}> ENCODER=<folder of an encoder>"
        )
    dataset = with_parts(pairs(file, options.rows))
    with tempfile.TemporaryDirectory() as folder:
        measure(dataset, options.encoder, Path(folder))


def measure(dataset: Any, encoder: str, folder: Path) -> None:
    """Both trainers in turn, seed by seed."""
    names = ("transformers.Trainer", "**labelviz**")
    rates: dict[str, list[float]] = {name: [] for name in names}
    losses: dict[str, list[float]] = {name: [] for name in names}
    for seed in SEEDS:
        for name, work in zip(names, (trainer, labelviz), strict=True):
            rate, loss = work(dataset, encoder, seed, folder / f"{name.strip('*')}-{seed}")
            rates[name].append(rate)
            losses[name].append(loss)
            print(f"{name} seed {seed}: {rate:.1f} rows/s, loss {loss:.4f}", flush=True)
    ratios = [a / b for a, b in zip(rates[names[1]], rates[names[0]], strict=True)]
    rows = [
        [
            name,
            f"{np.median(rates[name]):.1f}",
            f"{np.median(ratios) if name == names[1] else 1:.2f}",
            f"{np.mean(losses[name]):.4f}",
            f"{min(losses[name]):.4f} to {max(losses[name]):.4f}",
        ]
        for name in names
    ]
    apart = abs(np.mean(losses[names[0]]) - np.mean(losses[names[1]]))
    spread = max(max(each) - min(each) for each in losses.values())
    write_table(
        "train",
        "Training",
        ["", "rows/s", "x Trainer", "held-out loss", "over three seeds"],
        rows,
        [
            f"{(dataset.split == 'train').sum():,} pairs of `{PAIRS}`, {EPOCHS} epoch, batches of "
            f"{BATCH}, learning rate {RATE:g}. The mean losses are {apart:.4f} apart; over the "
            f"seeds of one trainer they spread by up to {spread:.4f}. {machine()} "
            "`make bench-train`."
        ],
    )


def with_parts(dataset: Any) -> Any:
    """The same pairs, four fifths to train on and one to judge by."""
    from labelviz.core.arrays import strings

    parts = ["validation" if row % 5 == 0 else "train" for row in range(len(dataset))]
    return replace(dataset, split=strings(parts))


def labelviz(dataset: Any, encoder: str, seed: int, out: Path) -> tuple[float, float]:
    """Rows per second of `train`, its evaluations counted, and the held-out loss at the end."""
    from labelviz.core.policies import make_targets, parse_policy
    from labelviz.models.train import TrainSettings, train

    settings = TrainSettings(
        epochs=EPOCHS,
        learning_rate=RATE,
        batch_size=BATCH,
        seed=seed,
        evaluations_per_epoch=1,
        judge_all=False,
    )
    targets = make_targets(dataset, parse_policy("hard"))
    began = time.perf_counter()
    run = train(dataset, targets, encoder, out, settings)
    seconds = time.perf_counter() - began
    trained = int((dataset.split == "train").sum()) * EPOCHS
    return trained / seconds, float(run.rows[-1]["validation_nll"])


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
    encoded = tokenizer(*sides, truncation=True, max_length=256)
    data = [
        {**{name: encoded[name][row] for name in encoded}, "labels": int(label)}
        for row, label in enumerate(dataset.given)
    ]
    train = [data[row] for row in np.flatnonzero(dataset.split == "train")]
    held = [data[row] for row in np.flatnonzero(dataset.split == "validation")]
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
