"""A refit is a job of the page, and reviewers see what it did with the next card."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labelviz import jobs
from labelviz.errors import JobRefused
from labelviz.project.workspace import Workspace
from labelviz.requests import Flag, Request
from labelviz.reviewing import VERDICTS_PER_REFIT
from labelviz.tables.columns import Columns
from labelviz.ui import refit
from labelviz.ui.components import literal
from tests.conftest import ENOUGH, decision_of, until
from tests.ui.conftest import Open, press, sample, words


class Work:
    """Jobs that a test ends when it likes."""

    def __init__(self) -> None:
        self.started: list[Request] = []
        self.background: list[bool] = []
        self.refusing: Exception | None = None
        self.going = threading.Event()

    def start(self, _: Path, request: Request, *, background: bool = False) -> Any:
        if self.refusing is not None:
            raise self.refusing
        self.background.append(background)
        self.started.append(request)  # last: who waits for it finds the rest as it is
        return self

    @property
    def state(self) -> str:
        return "running" if self.going.is_set() else "done"


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    made = Work()
    monkeypatch.setattr(jobs, "start", made.start)
    monkeypatch.setattr(refit, "REST_SECONDS", 0.001)
    monkeypatch.setattr(refit, "LOOK_SECONDS", 0.001)
    return made


def test_flags_are_refitted_in_the_background_with_the_detectors_that_were_asked_for(
    predicted: Workspace, work: Work
) -> None:
    for detectors in ((), ("model", "contradictions")):
        predicted.flag(detectors)
        assert refit.flag_anew(predicted)
    assert work.started == [Flag(), Flag(detectors=("model", "contradictions"))]
    assert work.background == [True, True]


def test_a_refit_asks_for_what_another_program_said_too(predicted: Workspace, work: Work) -> None:
    predicted.flag(["model", "mine"], own={"mine": lambda *_: np.zeros(6)})
    assert refit.flag_anew(predicted)
    assert work.started == [Flag(detectors=("model", "mine"))]


def test_a_refit_ends_with_its_job(space: Workspace, work: Work) -> None:
    work.going.set()
    ended: list[bool] = []
    thread = threading.Thread(target=lambda: ended.append(refit.flag_anew(space)))
    thread.start()
    until(lambda: bool(work.started))
    assert ended == []
    work.going.clear()
    thread.join()
    assert ended == [True]


def test_a_job_that_runs_already_is_left_alone_and_the_refit_stays_due(
    space: Workspace, work: Work
) -> None:
    work.refusing = JobRefused(
        "`labelviz train` is still running in this workspace.", remedy="Wait."
    )
    assert not refit.flag_anew(space)


def test_flags_that_were_never_made_or_are_of_other_probabilities_wait_for_a_person(
    predicted: Workspace, work: Work, write: Callable[..., Path]
) -> None:
    assert not refit.flag_anew(predicted)
    predicted.flag()
    predicted.opinions.read_file(write("id,no,yes\n" + "".join(
        f"{each},0.5,0.5\n" for each in predicted.dataset.ids), "second.csv"))  # fmt: skip
    assert not refit.flag_anew(predicted)
    assert work.started == []


@pytest.fixture
def many(tmp_path: Path, write: Callable[..., Path]) -> Workspace:
    """Sixty samples, whose reviewers will find every label from b wrong."""
    project = Workspace.create(tmp_path / "many")
    rows, opinion = "", ""
    for n in range(60):
        source, label = "ab"[n % 2], ("no", "yes")[n % 3 == 0]
        rows += f"{n},sample number {n} of {source},{label},{source}\n"
        sure = 0.9 - n / 200
        no, yes = (1 - sure, sure) if label == "yes" else (sure, 1 - sure)
        opinion += f"{n},{no},{yes}\n"
    file = write(f"id,text,label,source\n{rows}", "many.csv")
    project.load(file, Columns("text", "label", id="id", slices=("source",)))
    project.opinions.read_file(write(f"id,no,yes\n{opinion}", "opinion.csv"))
    project.flag()
    return project


@pytest.mark.usefixtures("sheets")
def test_reviewers_see_the_new_order_with_the_next_card(many: Workspace, open_page: Open) -> None:
    """The whole way: decisions on the page, a job in another process, the order after it."""
    before = many.suspicion
    assert before is not None
    for number in range(VERDICTS_PER_REFIT - 1):
        source_b = number % 2
        given = many.dataset.label_names(many.dataset.given, number)
        verdict = "choose" if source_b else "keep"
        label = ({"yes": "no", "no": "yes"}[given[0]],) if source_b else given
        said = {"label": label, "reviewer": "me", "on": many.dataset}
        many.decide(decision_of(str(number), str(number), verdict, **said))
    page = open_page("review", many.path)
    page.selectbox[0].set_value("unreviewed").run()
    page = press(page, "keep")  # the 25th: 24 were there when the page was opened
    until(lambda: jobs.latest(many.path) is not None)
    job = jobs.latest(many.path)
    assert job is not None
    assert job.wait(ENOUGH) == "done", job.output
    after = many.suspicion
    assert after is not None
    assert (before.verdicts, after.verdicts) == (0, VERDICTS_PER_REFIT)
    here = sample(page)
    assert sample(page.run()) == here  # never under the reviewer's hands
    page = press(page, "keep")
    waiting = [
        each
        for each in after.worst_first().tolist()
        if many.review.by("me", str(many.dataset.ids[each])) is None
    ]
    assert sample(page) == str(many.dataset.ids[waiting[0]])
    assert before.fingerprint != after.fingerprint
    said = words(page)
    assert "New flags were made with the reviews so far. This queue follows" in said
    assert "In source “b” " in said
    assert "reviewed were wrong, against" in said
    assert all(literal.escaped(line) in said for line in after.reasons[waiting[0]].splitlines())
