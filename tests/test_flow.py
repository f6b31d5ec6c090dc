"""The main job on the command line, from a file to two trained models side by side."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import random
import sys
from pathlib import Path
from string import ascii_lowercase

import pytest

from labelviz.cli import main
from labelviz.models.scratch import Start, new_classifier
from labelviz.project.workspace import Workspace

PLACES = ("park", "hotel", "museum", "harbour", "market", "library")


def labelviz(*arguments: object) -> str:
    """Run the command line; return what it printed."""
    words, printed = ["labelviz", *map(str, arguments)], io.StringIO()
    with pytest.MonkeyPatch.context() as patched, contextlib.redirect_stdout(printed):
        patched.setattr(sys, "argv", words)
        main()
    return printed.getvalue()


def write_questions(path: Path) -> None:
    """120 questions of two kinds, six of them labelled wrongly."""
    rng = random.Random(0)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["key", "question", "verdict", "part"])
        for number in range(120):
            opening = number % 2 == 0
            words = "when does the {} open" if opening else "show the way to the {}"
            label = "hours" if opening != (number % 20 == 7) else "route"
            part = ("train", "train", "train", "validation", "test")[number % 5]
            name = "".join(rng.choices(ascii_lowercase, k=12))  # so that no two say nearly the same
            text = f"{words.format(rng.choice(PLACES))}, please {name}"
            writer.writerow([f"{number:04d}", text, label, part])


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("flow")
    write_questions(folder / "questions.csv")
    space = folder / "space"
    printed = labelviz(
        "load", space, folder / "questions.csv",
        "--text", "question", "--label", "verdict", "--id", "key", "--split", "part",
    )  # fmt: skip
    assert "120 rows in = 120 accepted + 0 quarantined + 0 blank" in printed
    assert "out-of-fold" in labelviz("predict", space, "--cross-validate")
    assert "of 120 labels are flagged" in labelviz("flag", space, "--out", folder / "issues.csv")
    model = new_classifier(
        folder / "model", Workspace(space).dataset.texts[0], ("hours", "route"),
        Start(vocab_size=300, hidden=32, layers=1, heads=2, intermediate=32, max_tokens=32),
    )  # fmt: skip
    options = ["--model", model, "--epochs", 6, "--learning-rate", 0.005, "--max-tokens", 32]
    labelviz("train", space, *options, "--out", "hard", "--targets", "hard")
    assert "smooth:off=0.1" in labelviz("targets", space, "--policy", "smooth:off=0.1")
    labelviz("train", space, *options, "--out", "soft")
    return folder


def test_flags_find_the_wrong_labels(trained: Path) -> None:
    with (trained / "issues.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["id", "given", "suggested", "suspicion", "flagged", "reasons"]
    wrong = {f"{number:04d}" for number in range(120) if number % 20 == 7}
    assert {row["id"] for row in rows[:6]} == wrong
    flagged = {row["id"] for row in rows if row["flagged"] == "yes"}
    assert flagged
    assert flagged <= wrong
    assert [float(row["suspicion"]) for row in rows] == sorted(
        (float(row["suspicion"]) for row in rows), reverse=True
    )
    assert "“hours”" in rows[0]["reasons"]
    assert "“route”" in rows[0]["reasons"]


def test_the_export_reads_back_with_every_original_cell(trained: Path) -> None:
    labelviz("export", trained / "space", trained / "targets.csv")
    with (trained / "questions.csv").open(encoding="utf-8", newline="") as file:
        original = list(csv.DictReader(file))
    with (trained / "targets.csv").open(encoding="utf-8", newline="") as file:
        exported = list(csv.DictReader(file))
    assert [{name: row[name] for name in original[0]} for row in exported] == original
    for row in exported:
        assert float(row["target_hours"]) + float(row["target_route"]) == pytest.approx(1)
        assert float(row[f"target_{row['verdict']}"]) == pytest.approx(0.9)
        assert (row["source"], row["policy"], row["weight"]) == ("policy", "smooth:off=0.1", "1.0")
    manifest = json.loads((trained / "manifest.json").read_text("utf-8"))
    record = manifest["labelviz_exports"]["targets.csv"]
    assert (record["rows"], record["sources"]) == (120, {"policy": 120})


def test_the_comparison_names_both_runs_and_every_metric(trained: Path) -> None:
    printed = labelviz("compare", trained / "space", "hard", "soft")
    assert "24 test samples against given labels" in printed
    for metric in ("accuracy", "F1 (positive)", "NLL", "ECE", "Brier"):
        assert metric in printed
    (trained / "truth.csv").write_text("id,label\n0000,hours\n0004,hours\n", "utf-8")
    trusted = labelviz(
        "compare", trained / "space", "hard", "soft", "--truth", trained / "truth.csv"
    )
    assert "1 test samples against trusted labels" in trusted


def test_a_trained_model_says_it_knows_the_samples(trained: Path) -> None:
    printed = labelviz(
        "predict", trained / "space", "--model", trained / "space" / "runs" / "hard" / "model"
    )
    assert "in-sample" in printed
    assert "repeats their errors" in printed


def test_both_runs_saw_the_same_samples_in_the_same_order(trained: Path) -> None:
    space = Workspace(trained / "space")
    hard, soft = space.runs.open("hard"), space.runs.open("soft")
    assert (hard.policy, soft.policy) == ("hard", "smooth:off=0.1")
    assert hard.steps[0] == soft.steps[0] == 0
    assert (hard.logits(0) == soft.logits(0)).all()
    assert (hard.logits(hard.steps[-1]) != soft.logits(soft.steps[-1])).any()
