"""What reviews changed, and what comes next, on the Retrain page."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from labelviz import jobs
from labelviz.core.queue import Queue
from labelviz.core.review_effect_words import did_it_change, what_is_doubtful, where_it_paid
from labelviz.requests import Flag, TryTargets
from labelviz.store import decisions
from labelviz.ui.components import review_effect
from labelviz.ui.components.review_effect import NOTHING_REVIEWED, OPENING
from tests.conftest import probabilities_of
from tests.project.test_runs import decide, films, trained  # noqa: F401 - films is a fixture
from tests.ui.conftest import button, words


@pytest.fixture
def told(films):  # noqa: F811 - a fixture of another module
    """Two runs, the second of which was told of two reviews; twelve test samples are reviewed."""
    trained(films, "before", -1.0)
    for sample in (1, 2, *range(20, 32)):
        decide(films, sample)
    trained(films, "after", 1.0, reviewed=14)
    return films


def listed(page, column):
    return next(each.value for each in page.dataframe if column in each.value)


def test_before_any_review_there_is_no_effect_to_measure(open_page, films):  # noqa: F811
    trained(films, "before", -1.0)
    trained(films, "after", 1.0)
    page = open_page("retrain", films.path)
    assert NOTHING_REVIEWED in words(page)
    assert all(each.label != "Make the next queue" for each in page.button)


def test_two_runs_say_what_the_reviews_changed(open_page, told):
    page = open_page("retrain", told.path)
    said, found = words(page), told.runs.review_effect("before", "after")
    for line in (*did_it_change(found), *where_it_paid(found), *what_is_doubtful(found)):
        assert line in said
    assert "was told and “before” was not: 2." in said
    assert "One training each cannot tell where edits paid" in said
    assert listed(page, "As reviewers say")["As reviewers say"].tolist() == ["0% → 100%"]
    by_class = listed(page, "Class")
    assert by_class["Held-out samples"].tolist() == ["0", "12"]
    assert by_class["Gain in loss, nats"].tolist()[0] == "too few to say"
    samples = listed(page, "Contradicts the given label")
    assert len(samples) == 14
    assert set(samples["Told"]) == {"yes", "no"}


def test_a_decision_is_measured_at_once(open_page, told, monkeypatch):
    page = open_page("retrain", told.path)
    monkeypatch.setattr(decisions, "stamp", lambda: "2999-01-01T00:00:00.000+00:00")
    decide(told, 32)
    page.run()
    assert "“after”: 1. Another training would use them." in words(page)


def test_a_long_list_of_samples_says_how_many_are_left(open_page, told, monkeypatch):
    monkeypatch.setattr(review_effect, "MOST_LISTED", 5)
    page = open_page("retrain", told.path)
    assert len(listed(page, "Contradicts the given label")) == 5
    assert "5 of 14 are listed" in words(page)


def test_a_run_that_cannot_be_measured_is_a_message(open_page, told):
    trained(told, "odd", 1.0, reviewed=1, started="once")
    page = open_page("retrain", told.path)
    assert "When it began is not written down" in words(page)


def test_the_sets_of_an_experiment_say_it_over_seeds(open_page, told):
    TryTargets(name="tried", sets=("hard", "reviewed", "smooth:off=0.2"), seeds=6).run(told)
    page = open_page("retrain", told.path)
    assert "Reviews of training samples that “reviewed” was told" in words(page)
    page.selectbox(key="set with reviews").set_value("smooth:off=0.2").run()
    said = words(page)
    assert "Reviews of training samples that “smooth:off=0.2” was told" in said
    assert "The two differ in more than reviews: policy." in said


@pytest.fixture
def made(told, monkeypatch):
    """A job that was asked for, and how it stands."""
    job = SimpleNamespace(name="job 7", state="done", command="flag", lost="", output="")
    asked = []

    def start(_, request):
        asked.append(request)
        return job

    monkeypatch.setattr(jobs, "start", start)
    monkeypatch.setattr(jobs, "latest", lambda _: job if asked else None)
    job.asked, job.given = {}, asked
    return job


def test_one_press_makes_the_next_queue_and_opens_it(open_page, told, made, gone):
    p = [[0.9, 0.1]] * 32 + [[0.1, 0.9]] * 10
    told.opinions.add("model", probabilities_of(told.dataset, p))
    told.flag(("model",))
    page = open_page("retrain", told.path)
    button(page, "Make the next queue").click().run()
    assert made.given == [Flag(detectors=("model",), after_review=True)]
    assert gone == [("review", Queue(show="flagged"))]
    assert OPENING not in page.session_state


def test_the_next_queue_is_made_by_the_encoder_that_is_named(open_page, told, made, gone):
    page = open_page("retrain", told.path)
    field = next(each for each in page.text_input if each.label == "Encoder for the next queue")
    field.set_value("intfloat/multilingual-e5-small").run()
    button(page, "Make the next queue").click().run()
    (asked,) = made.given
    assert (asked.encoder, asked.after_review) == ("intfloat/multilingual-e5-small", True)
    assert gone


def test_where_nothing_is_flagged_the_most_suspicious_come_first(open_page, told, made, gone):
    page = open_page("retrain", told.path)
    button(page, "Make the next queue").click().run()
    assert gone == [("review", Queue(show="unreviewed"))]


@pytest.mark.parametrize(("name", "state"), [("job 8", "done"), ("job 7", "failed")])
def test_nothing_opens_where_the_queue_was_not_made(open_page, told, made, gone, name, state):
    page = open_page("retrain", told.path)
    made.given.append(None)
    made.name, made.state = name, state
    page.session_state[OPENING] = "job 7"
    page.run()
    assert gone == []
    assert OPENING not in page.session_state
