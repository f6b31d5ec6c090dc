"""The demo: make its data, models and probabilities, or open them as ready workspaces.

python data/demo.py make               texts, cross-validation, training; minutes on two cores
python data/demo.py open workspaces    ready workspaces from what is in this folder; seconds
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import texts
from invent.draws import SEED
from invent.pairs import CLUMPS, make_pairs

from labelviz.core.arrays import strings
from labelviz.core.dataset import Dataset
from labelviz.core.settings import TrainSettings
from labelviz.errors import LabelvizError
from labelviz.layers.making import make_targets
from labelviz.layers.policy import parse_policy
from labelviz.models.samples import TrainingData
from labelviz.models.scratch import Start, new_classifier
from labelviz.models.train import train
from labelviz.project.demo import COLUMNS as PAIRS_COLUMNS
from labelviz.project.demo import NAME as PAIRS_NAME
from labelviz.project.demo import POLICY
from labelviz.project.workspace import Workspace
from labelviz.tables.columns import Columns
from labelviz.tables.keep import read_probabilities
from labelviz.tables.truth import read_truth

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent / "build" / "demo"
KEPT = ("probabilities", "runs")
MAX_TOKENS = 128
LESSONS, WORLDS = 2, 60
MODELS_HEADING = "## Models"


@dataclass(frozen=True)
class Demo:
    """A demo set: how its file is read, and how its classifier trains."""

    name: str
    columns: Columns
    epochs: float
    learning_rate: float

    @property
    def file(self) -> Path:
        """The CSV file."""
        return HERE / self.name / f"{self.name}.csv"


DEMOS = (
    Demo(
        PAIRS_NAME,
        PAIRS_COLUMNS,
        epochs=8,
        learning_rate=3e-5,
    ),
    Demo(
        "poi_categories",
        Columns(
            text="text", label="label", id="id", task="multilabel", confidence="llm_confidence",
            slices=("language",), split="split",
        ),
        epochs=40,
        learning_rate=1e-3,
    ),
    Demo(
        "intents",
        Columns(
            text="text", label="label", id="id", confidence="llm_confidence",
            slices=("language",), split="split",
        ),
        epochs=12,
        learning_rate=1e-3,
    ),
)  # fmt: skip


def make() -> None:
    """Write everything in this folder anew."""
    texts.main()
    facts = [_train(demo) for demo in DEMOS]
    readme = HERE / "README.md"
    head, _, _ = readme.read_text("utf-8").partition(MODELS_HEADING)
    readme.write_text(head + "\n".join([MODELS_HEADING, "", MODELS_WORDS, *facts, ""]), "utf-8")


MODELS_WORDS = """\
For each set `python data/demo.py make` cross-validates labelviz's own text features
(`probabilities/cross-validation`) and makes a small RoBERTa-style classifier with a tokenizer
trained on the set's texts. The one for pairs first learns to compare places on some 190,000 pairs
of other invented places, without the two clumps: the stand-in for a pre-trained encoder. labelviz's
own `train` then trains each twice with seed 0: on the labels as given (`runs/hard`) and on targets
of 0.1 off-label mass (`runs/smooth`). The numbers to expect, on the test split against the truth;
flags are those of the ready workspaces, on all samples:

| set | run | accuracy | F1 | NLL | ECE | flagged | of them wrong |
|---|---|---|---|---|---|---|---|"""


def _train(demo: Demo) -> str:
    """Train one set's models; return its rows of the README's table."""
    with tempfile.TemporaryDirectory() as folder:
        space = Workspace.create(Path(folder) / demo.name)
        space.load(demo.file, demo.columns)
        space.opinions.cross_validate()
        start = BUILD / f"{demo.name}-start"
        if not start.exists():
            _new_model(start, space.dataset)
        model = _taught_to_compare(start) if space.dataset.is_pair else start
        settings = TrainSettings(
            epochs=demo.epochs, learning_rate=demo.learning_rate, evaluations_per_epoch=1,
            patience=int(demo.epochs), max_tokens=MAX_TOKENS,
        )  # fmt: skip
        space.train(str(model), "hard", settings, targets="hard")
        space.set_policy(POLICY)
        space.train(str(model), "smooth", settings)
        for kept in KEPT:
            shutil.rmtree(HERE / demo.name / kept, ignore_errors=True)
            shutil.copytree(space.path / kept, HERE / demo.name / kept)
        space.opinions.use("cross-validation")
        return _rows(demo, space, space.flag().flagged)


def _new_model(folder: Path, dataset: Dataset) -> None:
    new_classifier(
        folder, [text for side in dataset.texts for text in side], dataset.classes,
        Start(3000, hidden=96, intermediate=192, max_tokens=MAX_TOKENS, pairs=dataset.is_pair),
        multilabel=dataset.multilabel,
    )  # fmt: skip


def _taught_to_compare(start: Path) -> Path:
    """The classifier for pairs after lessons on true labels of other worlds' easy categories."""
    settings = TrainSettings(
        epochs=4, learning_rate=1e-3, batch_size=64, evaluations_per_epoch=1, patience=99,
        max_tokens=MAX_TOKENS,
    )  # fmt: skip
    model = start
    for lesson in range(LESSONS):
        run = BUILD / f"lesson-{lesson}"
        if not (run / "model").exists():
            worlds = _other_worlds(lesson)
            train(
                TrainingData(worlds, make_targets(worlds, parse_policy("hard"))),
                model,
                run,
                settings,
            )
        model = run / "model"
    return model


def _other_worlds(lesson: int) -> Dataset:
    """Pairs of places that other seeds invent, without the clumps and without poi_pairs' texts."""
    known = {record.text for row in make_pairs() for record in (row.pair.a, row.pair.b)}
    worlds = range(lesson * WORLDS, (lesson + 1) * WORLDS)
    rows = [row for world in worlds for row in make_pairs(f"{SEED} {world}")]
    pairs = [
        row.pair
        for row in rows
        if row.category not in CLUMPS and not {row.pair.a.text, row.pair.b.text} & known
    ]
    return Dataset(
        task="binary",
        classes=("different", "same"),
        ids=strings(str(number) for number in range(len(pairs))),
        texts=(strings(pair.a.text for pair in pairs), strings(pair.b.text for pair in pairs)),
        given=np.array([int(pair.same) for pair in pairs]),
        split=strings("train" if number % 25 else "validation" for number in range(len(pairs))),
    )


def _rows(demo: Demo, space: Workspace, flagged: np.ndarray) -> str:
    dataset = space.dataset
    truth = read_truth(HERE / demo.name / "truth.csv", dataset).labels
    wrong = (truth != dataset.given).reshape(len(dataset), -1).any(axis=1)
    result = space.compare("hard", "smooth", HERE / demo.name / "truth.csv")
    found = f"{int(flagged.sum())} of {len(dataset)} | {wrong[flagged].mean():.0%}"
    return "\n".join(
        f"| {demo.name} | {run} | "
        + " | ".join(f"{metric.value:.3f}" for metric in metrics[:4])
        + f" | {found} |"
        for run, metrics in zip(result.runs, result.metrics, strict=True)
    )


def open_workspaces(home: Path) -> None:
    """Make a ready workspace of every set: probabilities, runs and flags in place."""
    for demo in DEMOS:
        if (home / demo.name / "workspace.json").exists():
            continue
        with tempfile.TemporaryDirectory(dir=_made(home), prefix=".") as folder:
            space = Workspace.create(Path(folder) / demo.name)
            space.load(demo.file, demo.columns)
            kept = HERE / demo.name
            shutil.copytree(kept / "runs", space.path / "runs")
            for file in sorted((kept / "probabilities").glob("*.parquet")):
                space.opinions.add(file.stem, read_probabilities(file))
            space.flag()
            space.set_policy(POLICY)
            space.path.rename(home / demo.name)
        print(f"ready: {home / demo.name}")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


if __name__ == "__main__":
    try:
        if sys.argv[1:] == ["make"]:
            make()
        elif len(sys.argv) == 3 and sys.argv[1] == "open":
            open_workspaces(Path(sys.argv[2]))
        else:
            sys.exit(__doc__)
    except LabelvizError as error:
        sys.exit(str(error))
