"""The Retrain page in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from labelviz import jobs
from labelviz.models.scratch import Start, new_classifier
from labelviz.project.workspace import Workspace
from labelviz.requests import TryTargets
from labelviz.tables.columns import Columns
from tests.browser.conftest import PATIENCE_MS, Place, Server, settled, visit
from tests.conftest import decision_of, until

pytestmark = pytest.mark.browser


def test_enter_in_the_field_of_the_model_starts_no_training(pairs: Place, page: Page) -> None:
    visit(page, pairs.url("retrain"))
    before = jobs.latest(pairs.workspace)
    field = page.get_by_label("Model: a folder or a hub id")
    field.fill("no-such/model")
    field.press("Enter")
    settled(page)
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()
    assert jobs.latest(pairs.workspace) == before
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator(".st-key-job").first).to_be_visible()
    until(lambda: jobs.latest(pairs.workspace) != before)


@pytest.fixture
def trying(tmp_path: Path) -> Iterator[Server]:
    """A server on sixty films, beside a small classifier that its owner shares."""
    space = Workspace.create(tmp_path / "home" / "films")
    file = tmp_path / "films.csv"
    letters = np.random.default_rng(0).choice([*"abcdefghijklmnop"], (60, 30))
    said = [f"{'good' if n % 2 else 'bad'} {''.join(letters[n])}" for n in range(60)]
    rows = [f"{n},{said[n]},{'yes' if n % 2 else 'no'}" for n in range(60)]
    file.write_text("\n".join(["id,text,label", *rows]))
    space.load(file, Columns("text", "label", id="id"))
    start = Start(vocab_size=300, hidden=32, layers=1, heads=2, intermediate=32, max_tokens=48)
    new_classifier(tmp_path / "data" / "tiny", said, ("no", "yes"), start)
    running = Server(space.path, LABELVIZ_FOLDERS=str(tmp_path / "data"))
    running.start()
    yield running
    running.kill()


def test_an_experiment_that_was_killed_half_way_goes_on_to_the_same_numbers(
    trying: Server, page: Page, tmp_path: Path
) -> None:
    visit(page, f"{trying.url}/retrain")
    expect(page.get_by_text("No experiment yet.")).to_be_visible()
    page.get_by_label("Model of the experiment: a folder or a hub id").fill("tiny")
    page.get_by_role("button", name="Remove Targets: policy and decisions").click()
    page.get_by_label("And a policy, with decisions on top").fill("smooth:off=0.2")
    seeds = page.get_by_role("spinbutton", name="Seeds")
    seeds.fill("2")
    seeds.press("Tab")
    page.get_by_role("button", name="Start", exact=True).click()
    folder = trying.workspace / "experiments" / "experiment-1"
    until(lambda: len(list(folder.glob("*/answers.npy"))) >= 1)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("The experiment was cancelled.")).to_be_visible()
    half = len(list(folder.glob("*/answers.npy")))
    assert half < 4
    page.get_by_role("button", name="Start again").click()
    until(lambda: len(list(folder.glob("*/answers.npy"))) == 4)
    expect(page.get_by_text("The experiment is complete.")).to_be_visible()
    expect(page.get_by_text("Compared with the given labels of")).to_be_visible()
    space = Workspace(trying.workspace)
    again = space.experiments.run(
        "again", str(tmp_path / "data" / "tiny"), ("hard", "smooth:off=0.2"), 2
    )
    first = space.experiments.open("experiment-1")
    for name in ("hard", "smooth:off=0.2"):
        assert first.answers(name).tolist() == again.answers(name).tolist()


def test_after_reviews_one_press_makes_the_next_queue_and_opens_it(
    trying: Server, page: Page
) -> None:
    space = Workspace(trying.workspace)
    space.opinions.cross_validate(k=2)
    space.flag()
    for n in range(40):
        other = "no" if n % 2 else "yes"
        space.decide(decision_of(f"op {n}", f"{n}", "choose", label=(other,), on=space.dataset))
    space.decisions.store.close()
    TryTargets(name="tried", sets=("hard", "reviewed"), seeds=6).run(space)
    visit(page, f"{trying.url}/retrain?reviewer=ann")
    expect(page.get_by_text("Reviews of training samples that “reviewed” was told")).to_be_visible()
    expect(page.get_by_role("heading", name="Where it paid")).to_be_visible()
    page.get_by_role("button", name="Make the next queue").click()
    page.wait_for_url("**/review?**", timeout=PATIENCE_MS)
    settled(page)
    expect(page.get_by_text("not reviewed", exact=True)).to_be_visible()
    assert space.opinions.current == "cross-validation-after-review"
    found = space.suspicion
    assert found is not None
    assert found.probabilities == "cross-validation-after-review"
