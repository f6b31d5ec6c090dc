from __future__ import annotations

import signal
import subprocess
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from labelviz import jobs
from labelviz.core.files import write_json
from labelviz.jobs import RESTARTED, Progress
from labelviz.processes import process, this_process
from labelviz.requests import CrossValidate, Flag, Train
from labelviz.ui.components.progress import ELSEWHERE, SENTENCES, duration, sentence
from tests.ui.conftest import button


def shown(folder: str) -> None:
    from pathlib import Path

    import streamlit as st

    from labelviz.requests import Flag
    from labelviz.ui.components import progress

    busy = progress.show(Path(folder), ("predict", "flag"))
    st.header("busy" if busy else "free")
    progress.start_button("Go", Path(folder), Flag(), disabled=busy)


ASKED = CrossValidate(folds=3)


def a_job(workspace, request=ASKED, runs=None):
    """A job that runs in this very process, as far as the page can tell, or in another."""
    folder = workspace / "jobs/00001"
    record = {"command": request.command, "request": request.as_json()}
    process = (runs or this_process()).as_json()
    write_json(folder / "job.json", {**record, "process": process})
    return folder


def ended(folder, code, output=""):
    (folder / "output.txt").write_text(output)
    (folder / "exit").write_text(f"{code}\n")


def page_of(workspace):
    return AppTest.from_function(shown, args=(str(workspace),)).run()


def told(page):
    assert not page.exception
    return [text.value for text in page.text]


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (Progress(5, 1200, "samples", None, None), "5 of 1,200 samples"),
        (Progress(5, 5, "samples", 2.5, None), "5 of 5 samples, 2.5 per second"),
        (Progress(5, 50, "steps", 1.5, 30.0), "5 of 50 steps, 1.5 per second, 30 s left"),
    ],
)
def test_progress_says_how_far_how_fast_and_how_long(progress, words):
    assert sentence(progress) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "0 s"), (89.4, "89 s"), (90, "2 min"), (5400, "1.5 h")]
)
def test_durations_are_rounded(seconds, words):
    assert duration(seconds) == words


def test_every_command_has_words_for_every_end():
    assert all(
        set(words) == {"running", "done", "failed", "cancelled"} for words in SENTENCES.values()
    )


def test_without_a_job_nothing_is_shown(tmp_path):
    page = page_of(tmp_path)
    assert told(page) == []
    assert page.header[0].value == "free"


def test_a_running_job_is_shown_and_blocks_another(tmp_path):
    folder = a_job(tmp_path)
    write_json(
        folder / "progress.json",
        {"done": 3, "total": 4, "unit": "folds", "rate": None, "left": None},
    )
    page = page_of(tmp_path)
    assert told(page) == [SENTENCES["predict"]["running"]]
    assert page.header[0].value == "busy"
    assert button(page, "Go").disabled
    assert "3 of 4 folds" in page.html[0].value
    assert page.progress[0].value == 75


def test_a_job_that_has_not_reported_is_starting(tmp_path):
    a_job(tmp_path)
    assert "Starting" in page_of(tmp_path).html[0].value


def test_cancel_stops_the_job(tmp_path):
    running = subprocess.Popen(["sleep", "600"], start_new_session=True)
    folder = a_job(tmp_path, runs=process(running.pid))
    page = page_of(tmp_path)
    button(page, "Cancel").click().run()
    assert running.wait(60) == -signal.SIGTERM
    assert jobs.Job(folder).state == "cancelled"
    assert told(page) == [SENTENCES["predict"]["cancelled"]]


def test_a_job_of_another_machine_is_no_button_to_cancel_but_may_be_said_to_have_ended(tmp_path):
    far = replace(this_process(), boot="another", host="far")
    a_job(tmp_path, runs=far)
    page = page_of(tmp_path)
    assert told(page) == [SENTENCES["predict"]["running"]]
    assert ELSEWHERE.format(host="far") in page.html[0].value
    assert [each.label for each in page.button] == ["It has ended", "Go"]
    assert button(page, "Go").disabled
    button(page, "It has ended").click().run()
    assert told(page) == [SENTENCES["predict"]["failed"]]
    assert not button(page, "Go").disabled


def test_a_restart_of_the_machine_is_said(tmp_path):
    a_job(tmp_path, runs=replace(this_process(), boot="another"))
    page = page_of(tmp_path)
    assert told(page) == [SENTENCES["predict"]["failed"]]
    assert page.code[0].value == f"It printed nothing.\n{RESTARTED}"


@pytest.mark.parametrize("state", ["cancelled", "failed", "done"])
def test_a_job_that_ended_is_started_again_as_it_was_asked_for(tmp_path, started, state):
    folder = a_job(tmp_path)
    page = page_of(tmp_path)
    if state == "cancelled":
        (folder / "cancelled").touch()
    else:
        ended(folder, {"failed": 2, "done": 0}[state])
    page.run()
    assert told(page) == [SENTENCES["predict"][state]]
    button(page, "Start again").click().run()
    assert started == [ASKED]


@pytest.mark.parametrize(
    "record",
    [
        {"command": ["predict", "x", "--folds=3"]},
        {"command": "predict", "request": {"kind": "dream", "fields": {}}},
        {"command": "predict", "request": {"kind": "predict", "fields": {"mood": 1}}},
    ],
)
def test_what_another_version_asked_for_is_shown_but_not_started_again(tmp_path, record):
    write_json(tmp_path / "jobs/1/job.json", {**record, "pid": 7})
    page = page_of(tmp_path)
    assert told(page) == [SENTENCES["predict"]["failed"]]
    assert [each.label for each in page.button] == ["Hide", "Go"]


def test_who_saw_it_run_is_told_that_it_is_done(tmp_path):
    folder = a_job(tmp_path)
    page = page_of(tmp_path)
    ended(folder, 0)
    page.run()
    assert told(page) == [SENTENCES["predict"]["done"]]
    button(page, "Hide").click().run()
    assert told(page) == []


@pytest.mark.parametrize(("code", "offered"), [(0, []), (2, ["Start again"])])
def test_a_training_run_that_is_complete_is_not_started_again(tmp_path, code, offered):
    def shown_trains(folder: str) -> None:
        from pathlib import Path

        from labelviz.ui.components import progress

        progress.show(Path(folder), ("train",))

    folder = a_job(tmp_path, Train(model="m", run_name="r"))
    page = AppTest.from_function(shown_trains, args=(str(tmp_path),)).run()
    ended(folder, code)
    page.run()
    assert [each.label for each in page.button] == [*offered, "Hide"]


def test_a_success_of_yesterday_is_no_news(tmp_path):
    ended(a_job(tmp_path), 0)
    assert told(page_of(tmp_path)) == []


def test_a_failure_shows_the_last_lines_as_they_are(tmp_path):
    lines = [f"line {n}" for n in range(30)]
    ended(a_job(tmp_path), 2, "\n".join([*lines, "labelviz: **<b>no</b>** $x$"]))
    page = page_of(tmp_path)
    assert told(page) == [SENTENCES["predict"]["failed"]]
    shown_lines = page.code[0].value.splitlines()
    assert len(shown_lines) == 12
    assert shown_lines[-1] == "labelviz: **<b>no</b>** $x$"


def test_a_failure_of_another_page_is_not_shown_here(tmp_path):
    ended(a_job(tmp_path, Train(model="m", run_name="r")), 2)
    assert told(page_of(tmp_path)) == []


def test_the_button_starts_the_job(tmp_path, started):
    page = page_of(tmp_path)
    button(page, "Go").click().run()
    assert started == [Flag()]
