"""Did it help a fine-tuned model? The sets of targets of `effect.py`, each trained whole.

Beside them the LLM's labels once more with each loss that is made to hold against wrong ones. In
three steps, so that training can be done on a machine with a GPU: `prepare` makes the targets
and writes what is trained on, `train` fine-tunes every set of targets with every seed and keeps
what the models say of the test samples, and `report` writes the table beside that of linear heads.
Training goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import multiprocessing
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from report import machine, write_table

from labelviz.core.arrays import Floats, strings
from labelviz.core.dataset import MISSING, Dataset
from labelviz.core.distributions import Targets
from labelviz.core.settings import CROSS_ENTROPY, ELR, FORWARD, SELC, TrainSettings

if TYPE_CHECKING:
    from effect import Found, Prepared

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "build" / "fine-tuned"
SEEDS, FEWEST_SEEDS = 8, 3
LOSSES = {"SELC": SELC, "ELR": ELR, "forward": FORWARD}  # of the LLM's labels, by name
STEPS, MOST_EPOCHS = 400, 15  # of the optimiser at least, as far as so many epochs hold them
SETTINGS = TrainSettings(
    learning_rate=1e-4, evaluations_per_epoch=1, judge_all=False, max_tokens=128
)


@dataclass(frozen=True)
class Job:
    """One training: of which set of samples, with which targets, and which seed."""

    case: str
    targets: str
    seed: int
    encoder: str

    @property
    def answers(self) -> Path:
        """Where what the model said of the test samples is kept."""
        name = f"{self.case} {self.targets} {self.seed}".replace(" ", "-").replace(".", "_")
        return KEPT / "answers" / f"{name}.npy"


def main() -> None:
    """Do one step, or all three."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("steps", nargs="*", default=["prepare", "train", "report"])
    parser.add_argument("--data", default="", help="folder of the labelled sets")
    parser.add_argument("--encoder", default="", help="folder of an encoder")
    parser.add_argument("--only", default="", help="sets whose name holds this; writes nothing")
    parser.add_argument("--losses", action="store_true", help="the LLM's labels by each loss alone")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--workers", type=int, default=1, help="trainings side by side")
    parser.add_argument("--seconds", type=float, default=math.inf, help="none begins after these")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    if not options.encoder:
        sys.exit(
            "bench-fine-tuned needs labelled sets and an encoder, which are not part of labelviz:\n"
            "  make bench-fine-tuned DATA=<folder of the sets> ENCODER=<folder of an encoder>"
        )
    if "prepare" in options.steps:
        prepare(options)
    if "train" in options.steps:
        train_all(options)
    if "report" in options.steps:
        report(options)


def prepare(options: argparse.Namespace) -> None:
    """Write what each set of samples is trained on, and what heads say of it."""
    from effect import GOLD

    for ready in _prepared(options):
        dataset = ready.case.dataset
        part = _part(dataset)
        noise = _noise(ready, part, options.encoder)
        said = {
            "name": ready.case.name,
            "task": dataset.task,
            "classes": list(dataset.classes),
            "ids": dataset.ids.tolist(),
            "texts": [side.tolist() for side in dataset.texts],
            "split": part.tolist(),
            "targets": {
                name: {
                    "values": np.round(each.values, 12).tolist(),
                    "weight": each.weight.tolist(),
                    "source": each.source.tolist(),
                    "policy": each.policy,
                    "loss": LOSSES.get(name, CROSS_ENTROPY),
                    "noise": noise if name == "forward" else None,
                    "labels": (ready.case.truth if name == GOLD else dataset.given).tolist(),
                }
                for name, each in _trained_on(ready).items()
            },
        }
        KEPT.mkdir(parents=True, exist_ok=True)
        with gzip.open(_file(ready.case.name), "wt", encoding="utf-8") as file:
            json.dump(said, file)
        print(f"{ready.case.name}: {len(dataset):,} samples", flush=True)


def _prepared(options: argparse.Namespace) -> Iterator[Prepared]:
    from detect_sets import cases
    from effect import SETS, prepared

    for case in cases(Path(options.data)):
        if case.name in SETS and options.only in case.name:
            yield prepared(case, options.encoder)


def _trained_on(ready: Prepared) -> dict[str, Targets]:
    """Targets by name; for each loss the LLM's labels again."""
    from effect import LLM

    return {**ready.targets, **dict.fromkeys(LOSSES, ready.targets[LLM])}


def _noise(ready: Prepared, part: Any, encoder: str) -> list[Any]:
    """How often each class is given for another, by the out-of-fold model; no test label asked."""
    import detect

    from labelviz.core.transitions import confident_joint, from_joint

    given = np.where(part == "test", MISSING, ready.case.dataset.given)
    p = detect.opinion(ready.case, encoder).values
    found: list[Any] = from_joint(confident_joint(given, p), given).tolist()
    return found


def _part(dataset: Dataset) -> Any:
    from labelviz.core.groups import splits

    return splits(dataset)


def _file(case: str) -> Path:
    return KEPT / f"{case.replace(' ', '-')}.json.gz"


def train_all(options: argparse.Namespace) -> None:
    """Train what was not trained yet, all sets with the first seed first."""
    from effect import LLM

    until = time.monotonic() + options.seconds
    sizes = {
        _name(file): file for file in sorted(KEPT.glob("*.json.gz")) if options.only in file.name
    }
    jobs = [
        Job(case, targets, seed, options.encoder)
        for seed in range(options.seeds)
        for case, file in sizes.items()
        for targets in _read(file)["targets"]
        if not options.losses or targets in (LLM, *LOSSES)
    ]
    waiting = [job for job in jobs if not job.answers.is_file()]
    (KEPT / "answers").mkdir(parents=True, exist_ok=True)
    (KEPT / "answers" / "machine.txt").write_text(machine(), "utf-8")
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.workers, mp_context=context) as pool:
        futures = {pool.submit(trained, job, until): job for job in waiting}
        for done, future in enumerate(as_completed(futures), 1):
            job = futures[future]
            if future.result():
                print(f"{done}/{len(waiting)} {job.case}, {job.targets}, {job.seed}: "
                      f"{future.result():.1f} s", flush=True)  # fmt: skip


def _name(file: Path) -> str:
    return str(_read(file)["name"])


def _read(file: Path) -> dict[str, Any]:
    with gzip.open(file, "rt", encoding="utf-8") as opened:
        found: dict[str, Any] = json.load(opened)
        return found


def trained(job: Job, until: float) -> float:
    """Train one model and keep its answers; the seconds it took, 0 where the time is over."""
    import torch

    from labelviz.models.predict import predict
    from labelviz.models.samples import TrainingData
    from labelviz.models.train import train

    began = time.monotonic()
    if began > until:
        return 0.0
    if torch.cuda.is_available():
        torch.set_num_threads(1)
    said = _read(_file(job.case))
    dataset, targets = _dataset(said, job.targets), _targets(said, job.targets)
    train_rows = int((dataset.split == "train").sum())  # type: ignore[union-attr]
    per_epoch = math.ceil(train_rows / SETTINGS.batch_size)
    epochs = min(max(SETTINGS.epochs, math.ceil(STEPS / per_epoch)), MOST_EPOCHS)
    settings = replace(SETTINGS, epochs=float(epochs), seed=job.seed)
    each = said["targets"][job.targets]
    noise = None if each["noise"] is None else np.array(each["noise"])
    data = TrainingData(dataset, targets, loss=each["loss"], noise=noise)
    folder = Path(tempfile.mkdtemp())
    try:
        run = train(data, job.encoder, folder / "run", settings)
        test = dataset.take(np.flatnonzero(dataset.split == "test"))
        values = predict(test, run.model).values
        job.answers.parent.mkdir(parents=True, exist_ok=True)
        np.save(job.answers, values.astype(np.float32))
    finally:
        shutil.rmtree(folder)
    return time.monotonic() - began


def _dataset(said: dict[str, Any], targets: str) -> Dataset:
    """The samples, and the labels that choose the best step: gold where gold is trained on."""
    return Dataset(
        task=said["task"],
        classes=tuple(said["classes"]),
        ids=strings(said["ids"]),
        texts=tuple(strings(side) for side in said["texts"]),
        given=np.array(said["targets"][targets]["labels"], dtype=np.int64),
        split=strings(said["split"]),
    )


def _targets(said: dict[str, Any], name: str) -> Targets:
    each = said["targets"][name]
    return Targets(
        np.array(each["values"], dtype=np.float64),
        tuple(said["classes"]),
        strings(said["ids"]),
        said["task"] == "multilabel",
        np.array(each["weight"]),
        strings(each["source"]),
        each["policy"],
    )


def report(options: argparse.Namespace) -> None:
    """Write the table: what fine-tuning makes of every set, and whether heads foretold it."""
    from effect import FIRST, LLM, effect_cell

    if options.losses:
        report_losses(options)
        return
    found, names = [], ()
    for ready in _prepared(options):
        names = tuple(ready.targets)
        seeds = _seeds(ready.case.name, names)
        if seeds:
            answers = _answers(ready, names, seeds)
            found.append((ready.found(answers), ready.found(ready.heads), len(seeds)))
    rows = [
        [
            tuned.case, f"{tuned.train:,} / {tuned.test:,}", f"{100 * tuned.wrong:.1f} %",
            str(seeds), f"{100 * tuned.arms[0].spread(1)[0]:.1f}",
            *(effect_cell(tuned.effect(name)) for name in names[1:]), _recovered(tuned),
            _agreement(tuned, heads),
        ]
        for tuned, heads, seeds in found
    ]  # fmt: skip
    header = [
        "set", "train / test", "wrong labels", "seeds", f"F1 of {LLM}", *names[1:],
        f"of the gap, {FIRST}", "order as heads' (Spearman)",
    ]  # fmt: skip
    text = [
        "Fine-tuned all-MiniLM-L6-v2, every set of targets with the same seeds. Differences are "
        "points of F1 (of the second class; macro F1 where there are more) against the LLM's "
        "labels, judged by gold, with the 95 % interval over seeds and test samples; bold is "
        f"better and underlined worse. {SETTINGS.max_tokens} tokens, learning rate "
        f"{SETTINGS.learning_rate}, batches of {SETTINGS.batch_size}, {SETTINGS.epochs:.0f} to "
        f"{MOST_EPOCHS} epochs so that there are {STEPS} steps, the best by validation loss "
        "against the LLM's labels, or against gold where gold is trained on. Reviewers saw "
        "training samples alone. "
        f"{_where()} `make bench-fine-tuned`.",
        *_foretold(found, names),
    ]
    if options.only:
        print("\n".join(" | ".join(row) for row in rows), "\n", "\n".join(text))
    else:
        write_table("fine-tuned", "Did it help a fine-tuned model?", header, rows, text)


def report_losses(options: argparse.Namespace) -> None:
    """Write the table of the losses, all on the LLM's labels."""
    from effect import LLM, effect_cell

    rows = []
    for ready in _prepared(options):
        trained_on = dict.fromkeys((LLM, *LOSSES), ready.targets[LLM])
        seeds = _seeds(ready.case.name, tuple(trained_on))
        if len(seeds) < FEWEST_SEEDS:
            continue
        alike = replace(ready, targets=trained_on)
        tuned = alike.found(_answers(alike, tuple(trained_on), seeds))
        rows.append([
            tuned.case, f"{tuned.train:,} / {tuned.test:,}", f"{100 * tuned.wrong:.1f} %",
            str(len(seeds)), f"{100 * tuned.arms[0].spread(1)[0]:.1f}",
            *(effect_cell(tuned.effect(name)) for name in LOSSES),
        ])  # fmt: skip
    header = ["set", "train / test", "wrong labels", "seeds", f"F1 of {LLM}", *LOSSES]
    text = (
        "Losses that are made to hold against wrong labels, in points of F1 against cross-entropy, "
        "all on the LLM's labels, with the same seeds and steps and judged by gold, with the 95 % "
        "interval over seeds and test samples; bold is better and underlined worse. What forward "
        "knows of the noise is the out-of-fold model's. all-MiniLM-L6-v2, trained as in "
        f"fine-tuned.md. {_where()} `make bench-fine-tuned LOSSES=1`."
    )
    if options.only:
        print("\n".join(" | ".join(row) for row in rows))
    else:
        write_table("robust-losses", "Do robust losses help?", header, rows, [text])


def _answers(ready: Prepared, names: tuple[str, ...], seeds: list[int]) -> Floats:
    """(T, S, M, K) what the models say of the test samples."""
    return np.stack([np.stack([_answer(ready, name, seed) for seed in seeds]) for name in names])


def _seeds(case: str, names: tuple[str, ...]) -> list[int]:
    """The seeds that every set of targets was trained with."""
    return [
        seed
        for seed in range(SEEDS)
        if all(Job(case, name, seed, "").answers.is_file() for name in names)
    ]


def _answer(ready: Prepared, name: str, seed: int) -> Floats:
    """(M, K) what a model says of the test samples, if it was trained on these very targets."""
    kept = _targets(_read(_file(ready.case.name)), name)
    if not np.allclose(kept.values, ready.targets[name].values, atol=1e-9, equal_nan=True):
        sys.exit(f"{ready.case.name} was trained on other targets {name}: prepare and train anew.")
    values: Floats = np.load(Job(ready.case.name, name, seed, "").answers, allow_pickle=False)
    return values.astype(np.float64)


def _gap(found: Found) -> float:
    """The share of the gap to gold that 200 reviews recover; NaN where there is none."""
    from effect import FIRST, GAP, GOLD

    whole = found.effect(GOLD).difference
    return found.effect(FIRST).difference / whole if whole >= GAP else math.nan


def _recovered(found: Found) -> str:
    share = _gap(found)
    return "no gap" if math.isnan(share) else f"{share:.0%}"


def _agreement(tuned: Found, heads: Found) -> str:
    """Rank correlation of the differences of fine-tuned models and of heads."""
    from scipy.stats import spearmanr

    ours = [[each.effect(arm.name).difference for arm in each.arms[1:]] for each in (tuned, heads)]
    return f"{spearmanr(*ours).statistic:+.2f}"


def _foretold(found: list[tuple[Found, Found, int]], names: tuple[str, ...]) -> list[str]:
    """How far the heads may be trusted, and what fine-tuned models gained over all sets."""
    from effect import FIRST, RANDOM
    from scipy.stats import spearmanr

    both = [(tuned.effect(n), heads.effect(n)) for tuned, heads, _ in found for n in names[1:]]
    pairs = [(a.difference, b.difference, b.conclusion) for a, b in both]
    gaps = [(tuned, _gap(tuned)) for tuned, *_ in found if not math.isnan(_gap(tuned))]
    each = {tuned.case: float(_agreement(tuned, heads)) for tuned, heads, _ in found}
    where = [each[tuned.case] for tuned, _ in gaps]
    flat = [value for case, value in each.items() if case not in {t.case for t, _ in gaps}]
    said = [(ours, theirs) for ours, theirs, word in pairs if word.endswith(("better", "worse"))]
    same = sum(ours * theirs > 0 for ours, theirs in said)
    first = np.mean([heads.best_of() == tuned.best_of() for tuned, heads, _ in found])
    whole = spearmanr([ours for ours, *_ in pairs], [theirs for _, theirs, _ in pairs]).statistic
    gains = [
        np.mean([100 * tuned.effect(name).difference for tuned, _ in gaps])
        for name in (FIRST, RANDOM)
    ]
    return [
        "Aim: 200 reviews recover at least 70 % of the gap where it is at least a point. Reached "
        f"on {sum(share >= 0.7 for _, share in gaps)} of {len(gaps)} sets; in the middle "
        f"{np.median([share for _, share in gaps]):.0%}. Worst first gained {gains[0]:.1f} points "
        f"on average over them, random order {gains[1]:.1f} (aim 3 x).",
        f"Heads on frozen embeddings, beside fine-tuning, over {len(found)} sets: where there is a "
        "gap to gold, the order of the sets of targets correlates "
        f"{np.median(where):+.2f} in the middle set (least {min(where):+.2f}, most "
        f"{max(where):+.2f}); where there is none, {np.median(flat):+.2f} (least {min(flat):+.2f}, "
        f"most {max(flat):+.2f}); all differences together {whole:+.2f}. Where "
        f"the verdict over heads says better or worse ({len(said)} times), the fine-tuned "
        f"difference points the same way {same} times. The best set is the same on {first:.0%}.",
    ]


def _where() -> str:
    """On which machine it was trained, as it was kept beside the answers."""
    file = KEPT / "answers" / "machine.txt"
    return file.read_text("utf-8").strip() if file.is_file() else machine()


if __name__ == "__main__":
    main()
