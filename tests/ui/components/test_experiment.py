"""Experiments on the Retrain page."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from labelviz.core.files import write_json
from labelviz.core.groups import split_fingerprint
from labelviz.core.settings import TRAINING
from labelviz.project.workspace import Workspace
from labelviz.requests import RunExperiment, TryTargets
from labelviz.tables.columns import Columns
from tests.ui.conftest import button, words

SEEDS = 8


def make_experiment(
    space: Workspace, name: str, right: dict[str, float], done: int = SEEDS
) -> None:
    """An experiment whose models are right on such a share of the test samples."""
    data = space.dataset
    path = space.path / "experiments" / name
    path.mkdir(parents=True)
    record = {
        "status": "complete", "sets": dict.fromkeys(right, "hard"), "settings": asdict(TRAINING),
        "seeds": list(range(SEEDS)), "dataset": data.fingerprint,
        "split": split_fingerprint(data),
    }  # fmt: skip
    write_json(path / "experiment.json", record)
    rng = np.random.default_rng(0)
    for place, share in enumerate(right.values()):
        for seed in range(done):
            said = np.where(rng.random(len(data)) < share, data.given, 1 - data.given)
            (path / f"{place}-{seed}").mkdir()
            np.save(path / f"{place}-{seed}" / "answers.npy", np.eye(2)[said] * 0.8 + 0.1)


@pytest.fixture
def space(tmp_path, write) -> Workspace:
    """A hundred test samples that have nothing in common."""
    letters = np.random.default_rng(0).choice([*"abcdefghijklmnop"], (100, 30))
    rows = "".join(
        f"{n},{''.join(letters[n])},{'yes' if n % 2 else 'no'},test\n" for n in range(100)
    )
    made = Workspace.create(tmp_path / "tried")
    file = write(f"id,text,label,split\n{rows}")
    made.load(file, Columns("text", "label", id="id", split="split"))
    return made


def test_an_experiment_starts_as_a_job_with_its_sets_and_seeds(open_page, space, started):
    page = open_page("retrain", space.path)
    assert "No experiment yet." in words(page)
    page.text_input(key="policy to try").set_value(" smooth:off=0.2 ")
    page.number_input(key="seeds of experiment").set_value(6)
    page.text_input(key="model of experiment").set_value("org/model")
    button(page, "Start").click().run()
    assert started == [
        RunExperiment(
            model="org/model", name="experiment-1", sets=("hard", "current", "smooth:off=0.2"),
            seeds=6,
        )
    ]  # fmt: skip


def test_the_first_set_is_tried_with_losses_that_hold_against_wrong_labels(
    open_page, space, started
):
    page = open_page("retrain", space.path)
    page.multiselect(key="losses to try").set_value(["elr", "forward"])
    page.text_input(key="model of experiment").set_value("org/model")
    button(page, "Start").click().run()
    (request,) = started
    assert request.sets == ("hard", "current", "hard with elr", "hard with forward")


def test_how_many_trainings_there_would_be_is_said_as_the_form_stands(open_page, space):
    page = open_page("retrain", space.path)
    assert "16 trainings, one after the other." in words(page)
    page.number_input(key="seeds of experiment").set_value(6)
    page = page.multiselect(key="losses to try").set_value(["elr"]).run()
    assert "18 trainings, one after the other." in words(page)


def test_targets_are_tried_in_seconds(open_page, space, started):
    page = open_page("retrain", space.path)
    page.text_input(key="policy to try").set_value("smooth:off=0.2")
    button(page, "Try in seconds").click().run()
    assert started == [TryTargets(name="experiment-1", sets=("hard", "current", "smooth:off=0.2"))]


def test_what_an_experiment_says_comes_in_words_first(open_page, space):
    make_experiment(space, "first", {"hard": 0.6, "<b>soft": 0.9, "softer": 0.61})
    said = words(open_page("retrain", space.path))
    assert "Train on “&lt;b&gt;soft”: it is better than “hard”, and not by chance." in said
    assert "“&lt;b&gt;soft” is better than “hard” by F1 (positive): +" in said
    found = space.experiments.outcome("first")
    assert all(line in said for line in found.said_of(found.arms[2]))
    assert "Compared with the given labels of 100 test samples, errors included" in said


def test_what_is_not_done_yet_and_what_learned_nothing_is_said(open_page, space):
    make_experiment(space, "first", {"hard": 0.6, "soft": 0.6}, done=6)
    file = space.path / "experiments" / "first" / "1-2" / "answers.npy"
    np.save(file, np.tile([0.4, 0.6], (100, 1)))
    said = words(open_page("retrain", space.path))
    assert "No set is better than “hard” beyond chance and by as much as matters" in said
    assert "6 of 8 seeds are done with every set" in said
    assert "“soft”, seed 3: nothing was learned. It answers only “yes”." in said


def test_a_damaged_experiment_is_named_and_the_page_stays(open_page, space):
    folder = space.path / "experiments" / "broken"
    folder.mkdir(parents=True)
    (folder / "experiment.json").write_text("{")
    said = words(open_page("retrain", space.path))
    assert "There is no experiment here that can be read" in said
    assert "Single runs" in said
