"""Flags learn from the reviews by themselves, and nobody at work waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from labelviz import jobs
from labelviz.errors import JobRefused
from labelviz.requests import Flag, Request
from labelviz.tables.columns import Columns
from labelviz.ui import refit
from labelviz.ui.components import literal
from labelviz.ui.refit import EVERY, Refit
from labelviz.workspace import Workspace
from tests.conftest import ENOUGH, decision_of, until
from tests.ui.conftest import Open, press, sample, words


class Work:
    """Jobs that a test ends when it likes."""

    def __init__(self) -> None:
        self.started: list[Request] = []
        self.background: list[bool] = []
        self.refusing: Exception | None = None
        self._going = threading.Event()

    def start(self, _: Path, request: Request, *, background: bool = False) -> Any:
        if self.refusing is not None:
            raise self.refusing
        self._going.set()
        self.background.append(background)
        self.started.append(request)  # last: who waits for it finds the rest as it is
        return self

    @property
    def state(self) -> str:
        return "running" if self._going.is_set() else "done"

    def end(self) -> None:
        self._going.clear()


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    made = Work()
    monkeypatch.setattr(jobs, "start", made.start)
    monkeypatch.setattr(refit, "LOOK_SECONDS", 0.001)
    yield made
    made.end()


def idle(counted: Refit) -> bool:
    return counted._thread is None


class Told:
    """Verdicts that the flags of a workspace do not know of, as a test says how many."""

    def __init__(self) -> None:
        self.new = 0

    def after(self, counted: Refit, workspace: Workspace, new: int) -> None:
        """So many more, or fewer."""
        self.new += new
        counted.look(workspace)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    made = Told()
    monkeypatch.setattr(Workspace, "new_verdicts", property(lambda _: made.new))
    return made


def test_the_twenty_fifth_verdict_starts_a_refit_and_the_one_before_does_not(
    flagged: Workspace, work: Work, told: Told
) -> None:
    counted = Refit()
    for _ in range(EVERY - 1):
        told.after(counted, flagged, 1)
    assert idle(counted)
    told.after(counted, flagged, 1)
    until(lambda: bool(work.started))
    assert work.started == [Flag()]
    assert work.background == [True]


def test_verdicts_that_are_taken_back_bring_no_refit_nearer(
    flagged: Workspace, work: Work, told: Told
) -> None:
    counted = Refit()
    for _ in range(3 * EVERY):  # decided and undone, and so on
        told.after(counted, flagged, 1)
        told.after(counted, flagged, -1)
    told.after(counted, flagged, EVERY - 1)
    assert idle(counted)
    told.after(counted, flagged, 1)
    until(lambda: bool(work.started))


def test_never_two_at_once_and_the_next_is_due_after_the_last_one_ended(
    flagged: Workspace, work: Work, told: Told
) -> None:
    counted = Refit()
    told.after(counted, flagged, EVERY)
    until(lambda: bool(work.started))
    for _ in range(3 * EVERY):  # what comes meanwhile does not make the next one due
        told.after(counted, flagged, 1)
    told.new -= EVERY  # which it learned from
    work.end()
    until(lambda: idle(counted))
    told.after(counted, flagged, EVERY - 1)
    assert idle(counted)
    told.after(counted, flagged, 1)
    until(lambda: len(work.started) == 2)


def test_after_a_person_found_wrong_labels_all_verdicts_are_known(
    flagged: Workspace, work: Work, told: Told
) -> None:
    counted = Refit()
    told.after(counted, flagged, EVERY)
    until(lambda: bool(work.started))
    work.end()
    until(lambda: idle(counted))
    told.after(counted, flagged, -EVERY)  # this refit failed, and somebody flagged by hand
    told.after(counted, flagged, EVERY - 1)
    assert idle(counted)
    told.after(counted, flagged, 1)
    until(lambda: len(work.started) == 2)


def test_verdicts_that_many_threads_count_at_once_start_one_refit(
    flagged: Workspace, work: Work, told: Told
) -> None:
    counted, told.new = Refit(), EVERY
    people = [threading.Thread(target=counted.look, args=(flagged,)) for _ in range(8)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    until(lambda: bool(work.started))
    work.end()
    until(lambda: idle(counted))
    assert len(work.started) == 1


def test_a_job_that_runs_already_is_left_alone_and_the_refit_stays_due(
    flagged: Workspace, work: Work, told: Told
) -> None:
    counted = Refit()
    work.refusing = JobRefused("`labelviz train` is still running in this workspace.", remedy="-")
    told.after(counted, flagged, EVERY)
    until(lambda: idle(counted))
    assert (work.started, counted.failure) == ([], "")
    work.refusing = None
    told.after(counted, flagged, 1)
    until(lambda: bool(work.started))


def test_what_cannot_start_says_why_and_is_tried_again_later(
    flagged: Workspace, work: Work, told: Told
) -> None:
    counted = Refit()
    work.refusing = OSError(28, "No space left on device")
    told.after(counted, flagged, EVERY)
    until(lambda: idle(counted))
    assert "No space left on device" in counted.failure
    work.refusing = None
    told.after(counted, flagged, EVERY - 1)
    assert idle(counted)
    told.after(counted, flagged, 1)
    until(lambda: bool(work.started))
    assert counted.failure == ""


def test_flags_that_were_never_made_or_are_of_other_probabilities_wait_for_a_person(
    predicted: Workspace, work: Work, told: Told, write: Callable[..., Path]
) -> None:
    counted = Refit()
    told.after(counted, predicted, EVERY)
    until(lambda: idle(counted))
    predicted.flag()
    predicted.predict_from_file(write("id,no,yes\n" + "".join(
        f"{each},0.5,0.5\n" for each in predicted.dataset.ids), "second.csv"))  # fmt: skip
    told.after(counted, predicted, 1)
    until(lambda: idle(counted))
    assert work.started == []


def test_flags_are_refitted_with_the_detectors_that_were_asked_for(
    predicted: Workspace, work: Work, told: Told
) -> None:
    predicted.flag(["model", "contradictions"])
    told.after(Refit(), predicted, EVERY)
    until(lambda: bool(work.started))
    assert work.started == [Flag(detectors=("model", "contradictions"))]


def test_a_key_press_waits_for_no_refit(
    flagged: Workspace, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted_all, waited = threading.Event(), []

    def refits(_: Workspace) -> bool:
        waited.append(counted_all.wait(ENOUGH))
        return True

    monkeypatch.setattr(refit, "_refit", refits)
    for _ in range(200):
        told.new += 1
        refit.decided(flagged)
    counted_all.set()
    until(lambda: waited == [True])


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
    project.predict_from_file(write(f"id,no,yes\n{opinion}", "opinion.csv"))
    project.flag()
    return project


@pytest.mark.usefixtures("sheets")
def test_reviewers_see_the_new_order_with_the_next_card(many: Workspace, open_page: Open) -> None:
    """The whole way: decisions on the page, a job in another process, the order after it."""
    before = many.suspicion
    assert before is not None
    for number in range(EVERY - 1):
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
    assert (before.verdicts, after.verdicts) == (0, EVERY)
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
    assert "reviewed were wrong so far" in said
    assert all(literal.escaped(line) in said for line in after.reasons[waiting[0]].splitlines())
