"""How fast labelviz predicts: against transformers' pipeline and Trainer, and against the bound.

The bound is bare forward passes of the same model in the same precision over batches that were
tokenised and sorted by length before the clock started. Every figure is taken in this one run.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from report import machine, write_table

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the command line of labelviz does
PAIRS = "entity-matching/abt-buy_llm.csv"
CLASSES = ("0", "1")


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="", help=f"folder that holds {PAIRS}")
    parser.add_argument("--encoder", default="", help="folder of a BERT-like encoder")
    parser.add_argument("--rows", type=int, default=2000, help="pairs for labelviz and the bound")
    parser.add_argument("--slow-rows", type=int, default=300, help="pairs for the rivals")
    options = parser.parse_args()
    file = Path(options.data) / PAIRS
    if (
        not options.data
        or not file.is_file()
        or not (Path(options.encoder) / "config.json").is_file()
    ):
        sys.exit(
            "bench-predict needs the pairs and an encoder, which are not part of labelviz:\n"
            f"  make bench-predict DATA=<folder with {PAIRS}> ENCODER=<folder of an encoder>"
        )
    with tempfile.TemporaryDirectory() as folder:
        measure(file, options, Path(folder))


def measure(file: Path, options: argparse.Namespace, folder: Path) -> None:
    """All measurements, one after the other."""
    dataset = pairs(file, options.rows)
    model = classifier(Path(options.encoder), folder / "model")
    slow = min(options.slow_rows, len(dataset))
    sides = [side.tolist() for side in dataset.texts]
    fast, ours, note = labelviz(dataset, model, folder)
    again, _, _ = labelviz(dataset, model, folder)
    ceiling = bound(dataset, model, "bfloat16" in note)
    rivals: dict[str, tuple[float, Any]] = {}
    for size in (1, 32):
        rivals[f"transformers.pipeline, batch {size}"] = pipeline(model, sides, slow, size)
    rivals["transformers.Trainer.predict"] = trainer(model, sides, slow, folder)
    best = max(rate for name, (rate, _) in rivals.items() if "pipeline" in name)
    exact = next(iter(rivals.values()))[1]
    rows = [
        row(name, rate, best, ceiling, agreement(p, exact[: len(p)]))
        for name, (rate, p) in rivals.items()
    ]
    same = agreement(ours[:slow], exact)
    rows.append(row("**labelviz**", fast, best, ceiling, same))
    rows.append(row("labelviz, a second time", again, best, ceiling, same))
    rows.append(row("bound: bare forward passes", ceiling, best, ceiling, ("", "")))
    write_table(
        "predict",
        "Prediction",
        ["", "rows/s", "x better pipeline", "of the bound", "same class", "largest difference"],
        rows,
        [
            f"{len(dataset):,} pairs of `{PAIRS}` for labelviz and the bound, {slow:,} of them for "
            "the others; both random samples of the file. All but the bound tokenise, and none "
            f"counts loading the model. Precision: {note}. {machine()} `make bench-predict`."
        ],
    )


def row(name: str, rate: float, best: float, ceiling: float, same: tuple[str, str]) -> list[str]:
    """One line of the table."""
    return [name, f"{rate:,.1f}", f"{rate / best:.2f}", f"{rate / ceiling:.2f}", *same]


def agreement(p: Any, exact: Any) -> tuple[str, str]:
    """Share of rows with the same class, and the largest difference of a probability."""
    share = (p.argmax(axis=1) == exact.argmax(axis=1)).mean()
    return f"{share:.2%}", f"{np.abs(p - exact).max():.1g}"


def pairs(file: Path, rows: int) -> Any:
    """A random sample of the pairs, as a dataset."""
    from labelviz.core.arrays import strings
    from labelviz.core.dataset import Dataset

    csv.field_size_limit(10**9)
    with file.open(encoding="utf-8", newline="") as opened:
        table = list(csv.DictReader(opened))
    chosen = np.random.default_rng(0).permutation(len(table))[:rows]
    return Dataset(
        task="binary",
        classes=CLASSES,
        ids=strings(str(number) for number in range(len(chosen))),
        texts=tuple(strings(table[k][name] for k in chosen) for name in ("text_a", "text_b")),
        given=np.array([int(table[k]["gold"]) for k in chosen], dtype=np.int64),
    )


def classifier(encoder: Path, folder: Path) -> Path:
    """The encoder with a new head, saved; the head is large, so that its answers differ."""
    import torch

    from labelviz.models.loading import load_for_training, quiet

    made = load_for_training(encoder, CLASSES, multilabel=False, seed=0)
    with torch.no_grad():
        made.model.classifier.weight.mul_(100)
    with quiet():
        made.model.save_pretrained(folder)
        made.tokenizer.save_pretrained(folder)
    return folder


@contextmanager
def loaded_before() -> Iterator[None]:
    """Take the loading of models out of what is timed: they are loaded once before."""
    from labelviz.models import predict as module

    load, known = module.load_classifier, {}

    def once(model: Any, *arguments: Any, **more: Any) -> Any:
        return known.setdefault(str(model), load(model, *arguments, **more))

    module.load_classifier = once
    try:
        yield
    finally:
        module.load_classifier = load


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds on the wall, and the result."""
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def labelviz(dataset: Any, model: Path, folder: Path) -> tuple[float, Any, str]:
    """Rows per second of `predict` with its cache, the probabilities, and the precision."""
    from labelviz.models.predict import predict

    with loaded_before():
        predict(pairs_like(dataset, 1), model)  # loads, and wakes the threads
        seconds, result = timed(lambda: predict(dataset, model, cache=folder / "cache"))
    return len(dataset) / seconds, result.values, " ".join(result.provenance.notes)


def pairs_like(dataset: Any, rows: int) -> Any:
    """The first pairs of a dataset."""
    from dataclasses import replace

    texts = tuple(side[:rows] for side in dataset.texts)
    return replace(dataset, ids=dataset.ids[:rows], texts=texts, given=dataset.given[:rows])


def bound(dataset: Any, model: Path, low: bool) -> float:
    """Rows per second of bare forward passes of transformers over batches that are ready."""
    import torch
    import transformers

    from labelviz.models.batches import collate, length_sorted, token_budget, tokenise
    from labelviz.models.loading import load_classifier

    loaded = load_classifier(model)
    plain = transformers.AutoModelForSequenceClassification.from_pretrained(
        model, dtype=torch.bfloat16 if low else torch.float32
    )
    plain.to(loaded.device).eval()
    tokens = tokenise(loaded.tokenizer, loaded.model, dataset.texts)
    cut = length_sorted(tokens.lengths, token_budget(loaded.device))
    batches = [collate(tokens, rows, loaded.device) for rows in cut]
    with torch.inference_mode():
        plain(**batches[-1]).logits.cpu()
        seconds, _ = timed(lambda: [plain(**batch).logits.cpu() for batch in batches])
    return len(dataset) / seconds


def pipeline(model: Path, sides: list[list[str]], rows: int, size: int) -> tuple[float, Any]:
    """Rows per second of transformers' pipeline, and its probabilities."""
    import torch
    import transformers

    device = 0 if torch.cuda.is_available() else -1
    pipe = transformers.pipeline("text-classification", str(model), top_k=None, device=device)
    inputs = [{"text": a, "text_pair": b} for a, b in zip(*sides, strict=True)][:rows]
    options = {"truncation": True, "max_length": 256, "batch_size": size}
    pipe(inputs[:1], **options)
    seconds, answers = timed(lambda: list(pipe(inputs, **options)))
    by_name = [{each["label"]: each["score"] for each in answer} for answer in answers]
    return rows / seconds, np.array([[each[name] for name in CLASSES] for each in by_name])


def trainer(model: Path, sides: list[list[str]], rows: int, folder: Path) -> tuple[float, Any]:
    """Rows per second of `Trainer.predict` with its default batch size, and its probabilities."""
    import transformers

    from labelviz.models.predict import to_probabilities

    network = transformers.AutoModelForSequenceClassification.from_pretrained(model)
    tokenizer = transformers.AutoTokenizer.from_pretrained(model)
    arguments = transformers.TrainingArguments(str(folder / "trainer"), disable_tqdm=True)
    runner = transformers.Trainer(network, arguments, processing_class=tokenizer)

    def work() -> Any:
        encoded = tokenizer(*(side[:rows] for side in sides), truncation=True, max_length=256)
        data = [{name: encoded[name][k] for name in encoded} for k in range(rows)]
        return runner.predict(data).predictions

    seconds, logits = timed(work)
    return rows / seconds, to_probabilities(logits, multilabel=False)


if __name__ == "__main__":
    main()
