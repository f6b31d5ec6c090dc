"""The demo sets are what their phrases say, and their pages say nothing that is not true."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from labelviz.core.dataset import Dataset
from labelviz.core.evidence import control_order
from labelviz.project.workspace import Workspace
from labelviz.tables.truth import read_truth
from tests.conftest import ENOUGH, decision_of
from tests.ui.conftest import shown_by, words

ROOT = Path(__file__).resolve().parents[1]
SETS = ("poi_pairs", "poi_categories", "intents")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "data/texts.py", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("name", SETS)
def test_the_phrases_give_the_files_that_are_here_to_the_byte(written: Path, name: str) -> None:
    for file in (f"{name}/{name}.csv", f"{name}/truth.csv"):
        assert (written / file).read_bytes() == (ROOT / "data" / file).read_bytes(), file


@dataclass(frozen=True, eq=False)
class Ready:
    """A demo set as it is opened, and which of its labels are wrong."""

    space: Workspace
    truth: np.ndarray

    @property
    def wrong(self) -> np.ndarray:
        unlike = self.truth != self.space.dataset.given
        return np.asarray(unlike.any(axis=1) if unlike.ndim == 2 else unlike)


@pytest.fixture(params=SETS)
def ready(request: pytest.FixtureRequest, demos: Path, tmp_path: Path) -> Ready:
    shutil.copytree(demos / request.param, tmp_path / request.param)
    space = Workspace(tmp_path / request.param)
    truth = read_truth(ROOT / "data" / request.param / "truth.csv", space.dataset).labels
    return Ready(space, truth)


def overview(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setattr(sys, "argv", ["app.py", str(space.path)])
    return AppTest.from_function(shown_by, args=("overview",), default_timeout=ENOUGH).run()


def review(ready: Ready, rows: np.ndarray) -> None:
    """Say the truth about these samples, one after another."""
    data = ready.space.dataset
    for number, row in enumerate(rows.tolist()):
        label = data.label_names(ready.truth, row)
        made = decision_of(f"{row} {number}", str(data.ids[row]), "choose", label=label, on=data)
        ready.space.decisions.decide(made)


RANGE = re.compile(r"([\d,]+)(?: to ([\d,]+))? of ([\d,]+)")


def test_before_reviews_no_number_of_a_page_is_one_that_the_truth_contradicts(
    ready: Ready, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = overview(ready.space, monkeypatch)
    said = words(page)
    assert "Not measured yet" in said
    assert not re.search(r"\d%? to [\d.]+%", said)
    assert "most frequent" not in said
    least = re.search(r"at least ([\d,]+)", said)
    assert least is None or int(least[1].replace(",", "")) <= ready.wrong.sum()
    assert not any("Share" in frame.value for frame in page.dataframe)


def test_after_random_reviews_every_range_of_the_page_holds_the_truth(
    ready: Ready, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, suspicion = ready.space.dataset, ready.space.suspicion
    assert suspicion is not None
    drawn = control_order(len(data))[:60]
    review(ready, np.setdiff1d(suspicion.worst_first()[:40], drawn))
    review(ready, drawn)
    page = overview(ready.space, monkeypatch)
    said, total = words(page), int(ready.wrong.sum())
    known = int((ready.space.decisions.statuses.wrong == 1).sum())
    counted = ready.space.decisions.drawn
    assert counted.low <= total <= counted.high
    assert f"{counted.low:,} to {counted.high:,}" in said
    assert counted.left[0] <= total - known <= counted.left[1]
    checked = 0
    for frame in (each.value for each in page.dataframe):
        if "Wrong in all" not in frame:
            continue
        for name, words_ in zip(frame.iloc[:, 0], frame["Wrong in all"], strict=True):
            low, high, of = (int((n or "0").replace(",", "")) for n in RANGE.match(words_).groups())
            inside = rows_called(data, str(name))
            assert of == inside.sum()
            assert low <= (ready.wrong & inside).sum() <= max(low, high), name
            checked += 1
    assert checked >= 2


def rows_called(data: Dataset, name: str) -> np.ndarray:
    """The samples of a class, or of the value of the one slice column."""
    if name in data.classes:
        k = data.classes.index(name)
        return np.asarray(data.given[:, k] == 1 if data.multilabel else data.given == k)
    (values,) = data.slices.values()
    return np.asarray(values == name)
