from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from labelviz.core.settings import TrainSettings
from labelviz.errors import ExportRefused, ModelRefused
from labelviz.models.elsewhere import ENCODER, write_training
from labelviz.models.loading import load_classifier
from labelviz.models.samples import TrainingData, samples_of
from labelviz.models.train import train
from tests.conftest import dataset_of, decision_of
from tests.forks import Ended, run_script
from tests.models.test_train import films, targets_of

SETTINGS = TrainSettings(
    epochs=2, learning_rate=3e-3, batch_size=8, patience=3, precision="float32", accumulation=2
)


def run_elsewhere(
    folder: Path, *words: str, by: Sequence[str] = (), **more: str
) -> subprocess.CompletedProcess[str] | Ended:
    """Run the script where labelviz cannot be imported.

    Parameters
    ----------
    by : the options of Python, or the program that starts it with its own; in a fork without.
    """
    hidden = folder.parent / "hidden" / "labelviz"
    hidden.mkdir(parents=True, exist_ok=True)
    (hidden / "__init__.py").write_text("raise ImportError('labelviz is not here')")
    surroundings = {
        **os.environ, "PYTHONPATH": str(hidden.parent), "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": "", **more,
    }  # fmt: skip
    if not by:
        return run_script(folder / "train.py", words, surroundings)
    command = [sys.executable, *by, str(folder / "train.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, env=surroundings, timeout=300)


def probabilities_of(folder: Path, dataset) -> np.ndarray:
    lines = (folder / "probabilities.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["id"] for row in rows] == list(dataset.ids)
    return np.array([[row[f"p_{k}"] for k in range(dataset.n_classes)] for row in rows])


def same(folder: Path, dataset, run) -> None:
    """What was trained elsewhere is what labelviz trained, within rounding."""
    result = json.loads((folder / "result.json").read_text())
    best = next(row for row in run.rows if row["step"] == run.best_step)
    assert result["best_step"] == run.best_step
    np.testing.assert_allclose(
        probabilities_of(folder, dataset), run.probabilities().values, atol=2e-4
    )
    for mine, theirs in (("validation_loss", "selection_nll"),
                         ("test_loss", "test_nll"), ("train_loss", "train_nll"),
                         ("test_accuracy", "test_accuracy")):  # fmt: skip
        assert result[mine] == pytest.approx(best[theirs], abs=2e-4)


@pytest.fixture(scope="module")
def softened():
    """Films with soft targets, one sample excluded, one corrected in the validation part."""
    dataset = films()
    rows = np.flatnonzero(
        samples_of(TrainingData(dataset, targets_of(dataset))).part == "validation"
    )
    events = [
        decision_of("1", "s0", "exclude"),
        decision_of("2", f"s{rows[0]}", "choose", label=("no",), sequence=2),
    ]
    return dataset, targets_of(dataset, "smooth:off=0.1", events)


def test_it_reaches_what_labelviz_reaches_also_where_it_was_stopped(
    softened, tiny: Path, tmp_path: Path
):
    dataset, targets = softened
    run = train(TrainingData(dataset, targets), tiny, tmp_path / "run", SETTINGS)
    folder = write_training(
        tmp_path / "t-training", TrainingData(dataset, targets), str(tiny), SETTINGS, [run]
    )
    moved = Path(shutil.move(folder, tmp_path / "another machine"))
    done = run_elsewhere(moved)
    assert done.returncode == 0, done.stderr
    same(moved / "trained", dataset, run)
    assert load_classifier(moved / "trained" / "model").classes == dataset.classes
    best = next(row for row in run.rows if row["step"] == run.best_step)
    assert f"{best['selection_nll']:.4f}" in (moved / "README.md").read_text()

    script = moved / "train.py"
    plain = script.read_text()
    script.write_text(
        plain.replace("def soft_loss(", "def soft_loss(*a):\n    stop() if step == 9 else 0\n"
                      "    return soft_loss_(*a)\n\n\ndef soft_loss_(", 1)
    )  # fmt: skip
    assert run_elsewhere(moved, "--out", str(moved / "again")).returncode != 0
    assert (moved / "again" / "checkpoint.pt").is_file()
    assert not (moved / "again" / "result.json").exists()
    script.write_text(plain)
    done = run_elsewhere(moved, "--out", str(moved / "again"))
    assert done.returncode == 0, done.stderr
    assert "step      0" not in done.stdout
    one, two = (probabilities_of(moved / each, dataset) for each in ("trained", "again"))
    np.testing.assert_array_equal(one, two)


def test_two_processes_of_accelerate_reach_the_same(softened, tiny: Path, tmp_path: Path):
    dataset, targets = softened
    settings = replace(SETTINGS, accumulation=3, batch_size=11)  # the last batch has one sample
    run = train(TrainingData(dataset, targets), tiny, tmp_path / "run", settings)
    folder = write_training(
        tmp_path / "f", TrainingData(dataset, targets), str(tiny), settings, [run]
    )
    launch = ("-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2")
    done = run_elsewhere(folder, by=(*launch, "--main_process_port", "0"))
    assert done.returncode == 0, done.stderr
    same(folder / "trained", dataset, run)
    assert done.stdout.count("step      0 of") == 1  # said by the first alone


def test_several_labels_with_unknown_cells_and_a_new_head(tags: Path, tmp_path: Path):
    rng = np.random.default_rng(0)
    given = rng.integers(-1, 2, (40, 2))
    texts = [" ".join(("good", "bad")[y] for y in np.maximum(row, 0)) + f" {n}"
             for n, row in enumerate(given)]  # fmt: skip
    dataset = dataset_of(given, ("x", "y"), texts=[texts])
    targets = targets_of(dataset, "smooth:off=0.1")
    settings = replace(SETTINGS, epochs=1, accumulation=1)
    run = train(TrainingData(dataset, targets), tags, tmp_path / "run", settings)
    folder = write_training(tmp_path / "f", TrainingData(dataset, targets), str(tags), settings, [])
    done = run_elsewhere(folder, by=("-u",))  # as a stranger would
    assert done.returncode == 0, done.stderr
    same(folder / "trained", dataset, run)
    assert "Nothing was trained on these targets" in (folder / "README.md").read_text()


def test_in_bfloat16_it_comes_close(softened, tiny: Path, tmp_path: Path):
    dataset, targets = softened
    settings = replace(SETTINGS, precision="bfloat16", epochs=1)
    run = train(TrainingData(dataset, targets), tiny, tmp_path / "run", settings)
    folder = write_training(tmp_path / "f", TrainingData(dataset, targets), str(tiny), settings, [])
    done = run_elsewhere(folder)
    assert done.returncode == 0, done.stderr
    last = run.probabilities(run.steps[-1]).values
    assert np.abs(probabilities_of(folder / "trained", dataset) - last).mean() < 0.1


def test_the_script_is_a_page_of_plain_torch_and_knows_no_class_name(softened, tmp_path: Path):
    dataset = replace(softened[0], classes=('"""\nimport os #', "yes"))
    targets = replace(softened[1], classes=dataset.classes)
    folder = write_training(tmp_path / "f", TrainingData(dataset, targets), "", SETTINGS, [])
    script = (folder / "train.py").read_text()
    assert len(script.splitlines()) < 240
    assert set(re.findall(r"^ *(?:from|import) (\w+)", script, re.MULTILINE)) == {
        "argparse", "json", "math", "os", "time", "pathlib", "numpy", "torch", "transformers",
        "accelerate",
    }  # fmt: skip
    said = json.loads((folder / "settings.json").read_text())
    assert said["model"] == ENCODER
    assert said["classes"] == list(dataset.classes)
    names = [line.partition(">=")[0] for line in (folder / "requirements.txt").read_text().split()]
    assert names == ["torch", "transformers", "numpy", "safetensors"]


def test_the_numbers_to_expect(tmp_path: Path):
    dataset = dataset_of(
        [0, 0, 0, 1, 0, 1], split=np.array(["train"] * 4 + ["validation", "test"], dtype=object)
    )
    targets = targets_of(dataset, "smooth:off=0.1", [decision_of("1", "s0", "exclude")])
    folder = write_training(tmp_path / "f", TrainingData(dataset, targets), "", SETTINGS, [])
    words = (folder / "README.md").read_text()
    assert "| samples | 4 train, 1 validation, 1 test |" in words
    assert "| weight of the training samples | 3 |" in words
    assert f"{-(0.9 * np.log(0.9) + 0.1 * np.log(0.1)):.6f} nats" in words
    assert f"{-np.log((0.9 + 0.9 + 0.1) / 3):.4f} nats" in words


def test_what_is_there_is_left_and_a_model_that_runs_code_is_refused(
    softened, folder: Path, tmp_path: Path
):
    (tmp_path / "f").mkdir()
    with pytest.raises(ExportRefused, match="exists already"):
        write_training(tmp_path / "f", TrainingData(*softened), "", SETTINGS, [])
    (folder / "modeling.py").write_text("")
    with pytest.raises(ModelRefused):
        write_training(tmp_path / "g", TrainingData(*softened), str(folder), SETTINGS, [])
    assert not (tmp_path / "g").exists()
