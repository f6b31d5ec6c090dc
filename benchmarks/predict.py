"""How fast labelviz predicts: against transformers' pipeline and Trainer, and against the bound.

The model is the encoder fine-tuned on other pairs of the file; it is kept for the next time. The
bound is bare forward passes of it in the same precision over batches that were tokenised and sorted
by length before the clock started. Every figure is taken in this one run, in both precisions where
the hardware multiplies both.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from pairs import CLASSES, PAIRS, balanced, pairs, with_parts
from report import machine, write_table

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the command line of labelviz does


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="", help=f"folder that holds {PAIRS}")
    parser.add_argument("--encoder", default="", help="folder of a BERT-like encoder")
    parser.add_argument("--rows", type=int, default=2000, help="pairs for labelviz and the bound")
    parser.add_argument("--slow-rows", type=int, default=300, help="pairs for the rivals")
    parser.add_argument("--train-rows", type=int, default=600, help="pairs to fine-tune on")
    parser.add_argument("--precision", nargs="*", choices=("float32", "bfloat16"), default=[])
    parser.add_argument(
        "--scratch", default=Path(tempfile.gettempdir()) / "labelviz-bench", help="keeps the model"
    )
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
    from labelviz.core.settings import ModelUse
    from labelviz.models.loading import load_classifier
    from labelviz.models.precision import fastest
    from labelviz.models.predict import predict

    dataset = pairs(file, options.rows)
    model = classifier(file, options)
    loaded = load_classifier(model)
    slow = min(options.slow_rows, len(dataset))
    sides = [side.tolist() for side in dataset.texts]
    kinds = options.precision or list(dict.fromkeys(["float32", fastest(loaded.device)]))
    ceilings = {kind: bound(dataset, model, kind) for kind in kinds}
    rivals: dict[str, tuple[float, Any]] = {}
    for size in (1, 32):
        rivals[f"transformers.pipeline, batch {size}"] = pipeline(
            model, sides, slow, (size, loaded.max_tokens)
        )
    rivals["transformers.Trainer.predict"] = trainer(
        model, sides, slow, (folder, loaded.max_tokens)
    )
    best = max(rate for name, (rate, _) in rivals.items() if "pipeline" in name)
    exact = next(iter(rivals.values()))[1]
    rows = [
        row(
            name,
            "float32",
            (rate, best, ceilings.get("float32", 0.0)),
            agreement(p, exact[: len(p)]),
        )
        for name, (rate, p) in rivals.items()
    ]
    for kind in kinds:
        use, cache = ModelUse(kind), folder / kind
        first, ours = labelviz(dataset, model, cache, use)
        again, _ = labelviz(dataset, model, cache, use)
        ceiling, same = ceilings[kind], agreement(ours.values[:slow], exact)
        made = ours.provenance.computed
        rows += [
            row("**labelviz**", made.precision, (first, best, ceiling), same),
            row("labelviz, a second time", made.precision, (again, best, ceiling), same),
            row("bound: bare forward passes", kind, (ceiling, best, ceiling), ("", "")),
        ]
    free = predict(pairs_like(dataset, 256), model).provenance.computed
    drift = f" {free.drift.sentence}" if free.drift else ""
    write_table(
        "predict",
        "Prediction",
        ["", "precision", "rows/s", "x better pipeline", "of the bound", "same class",
         "largest difference"],
        rows,
        [
            f"{len(dataset):,} pairs of `{PAIRS}` for labelviz and the bound, {slow:,} of them for "
            "the others; both random samples of the file. The model is the encoder fine-tuned on "
            f"{options.train_rows:,} other pairs. All but the bound tokenise, and none counts "
            f"loading the model. Left to itself labelviz says here: {free.why}{drift} {machine()} "
            "`make bench-predict`."
        ],
    )  # fmt: skip


def row(
    name: str, precision: str, rates: tuple[float, float, float], same: tuple[str, str]
) -> list[str]:
    """One line of the table; the rates are its own, the better pipeline's and the bound's."""
    rate, best, ceiling = rates
    of_bound = f"{rate / ceiling:.2f}" if ceiling else ""
    return [name, precision, f"{rate:,.1f}", f"{rate / best:.2f}", of_bound, *same]


def agreement(p: Any, exact: Any) -> tuple[str, str]:
    """Share of rows with the same class, and the largest difference of a probability."""
    share = (p.argmax(axis=1) == exact.argmax(axis=1)).mean()
    return f"{share:.2%}", f"{np.abs(p - exact).max():.1g}"


def classifier(file: Path, options: argparse.Namespace) -> Path:
    """The encoder fine-tuned on pairs that are not measured, half of them matches."""
    from labelviz.core.files import sha256
    from labelviz.core.settings import FINE_TUNING
    from labelviz.layers.making import make_targets
    from labelviz.layers.policy import parse_policy
    from labelviz.models.runs import RUN, Run
    from labelviz.models.samples import TrainingData
    from labelviz.models.train import train

    spare = balanced(pairs(file, 9 * options.train_rows, last=True), options.train_rows)
    dataset = with_parts(spare)
    weights = sha256(Path(options.encoder) / "model.safetensors")
    out = Path(options.scratch) / f"{weights[:16]}-{dataset.fingerprint}"
    if not ((out / RUN).is_file() and Run.open(out).complete):
        print(f"fine-tuning on {len(dataset):,} pairs into {out}", flush=True)
        out.parent.mkdir(parents=True, exist_ok=True)
        targets = make_targets(dataset, parse_policy("hard"))
        train(TrainingData(dataset, targets), options.encoder, out, FINE_TUNING)
    return Run.open(out).model


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


def labelviz(dataset: Any, model: Path, cache: Path, use: Any) -> tuple[float, Any]:
    """Rows per second of `predict` with its cache, and the probabilities."""
    from labelviz.models.predict import predict

    with loaded_before():
        predict(pairs_like(dataset, 1), model, use=use)  # loads, and wakes the threads
        seconds, result = timed(lambda: predict(dataset, model, cache=cache, use=use))
    return len(dataset) / seconds, result


def pairs_like(dataset: Any, rows: int) -> Any:
    """The first pairs of a dataset."""
    from dataclasses import replace

    texts = tuple(side[:rows] for side in dataset.texts)
    return replace(dataset, ids=dataset.ids[:rows], texts=texts, given=dataset.given[:rows])


def bound(dataset: Any, model: Path, precision: str) -> float:
    """Rows per second of bare forward passes of transformers over batches that are ready."""
    import torch
    import transformers

    from labelviz.models.batches import collate, length_sorted, token_budget
    from labelviz.models.loading import load_classifier

    loaded = load_classifier(model)
    plain = transformers.AutoModelForSequenceClassification.from_pretrained(
        model, dtype=torch.bfloat16 if precision == "bfloat16" else torch.float32
    )
    plain.to(loaded.device).eval()
    tokens = loaded.tokens(dataset.texts)
    cut = length_sorted(tokens.lengths, token_budget(loaded.device))
    batches = [collate(tokens, rows, loaded.device) for rows in cut]
    with torch.inference_mode():
        plain(**batches[-1]).logits.cpu()
        seconds, _ = timed(lambda: [plain(**batch).logits.cpu() for batch in batches])
    return len(dataset) / seconds


def pipeline(
    model: Path, sides: list[list[str]], rows: int, sizes: tuple[int, int]
) -> tuple[float, Any]:
    """Rows per second of transformers' pipeline, and its probabilities.

    The sizes are those of a batch, and of the longest sample.
    """
    import torch
    import transformers

    device = 0 if torch.cuda.is_available() else -1
    pipe = transformers.pipeline("text-classification", str(model), top_k=None, device=device)
    inputs = [{"text": a, "text_pair": b} for a, b in zip(*sides, strict=True)][:rows]
    size, longest = sizes
    options = {"truncation": True, "max_length": longest, "batch_size": size}
    pipe(inputs[:1], **options)
    seconds, answers = timed(lambda: list(pipe(inputs, **options)))
    by_name = [{each["label"]: each["score"] for each in answer} for answer in answers]
    return rows / seconds, np.array([[each[name] for name in CLASSES] for each in by_name])


def trainer(
    model: Path, sides: list[list[str]], rows: int, where: tuple[Path, int]
) -> tuple[float, Any]:
    """Rows per second of `Trainer.predict` with its default batch size, and its probabilities.

    It writes into a folder, and cuts samples at so many tokens.
    """
    import transformers

    from labelviz.models.predict import to_probabilities

    network = transformers.AutoModelForSequenceClassification.from_pretrained(model)
    tokenizer = transformers.AutoTokenizer.from_pretrained(model)
    folder, longest = where
    arguments = transformers.TrainingArguments(str(folder / "trainer"), disable_tqdm=True)
    runner = transformers.Trainer(network, arguments, processing_class=tokenizer)

    def work() -> Any:
        encoded = tokenizer(*(side[:rows] for side in sides), truncation=True, max_length=longest)
        data = [{name: encoded[name][k] for name in encoded} for k in range(rows)]
        return runner.predict(data).predictions

    seconds, logits = timed(work)
    return rows / seconds, to_probabilities(logits, multilabel=False)


if __name__ == "__main__":
    main()
