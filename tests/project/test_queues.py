from __future__ import annotations

from dataclasses import fields, replace

import pytest

from labelviz.core.asked import LONGEST
from labelviz.core.queue import SHOWS, SORTS, Queue
from labelviz.errors import (
    ColumnRefused,
    NotSaved,
    RequestRefused,
)
from labelviz.project.workspace import Workspace
from tests.conftest import assert_message, decision_of


def test_a_filter_is_saved_for_everybody_and_forgotten(workspace: Workspace):
    queue = Queue(show="all", text="film", given="yes")
    workspace.queues.save("films", queue)
    assert Workspace(workspace.path).queues.saved == {"films": queue}
    workspace.queues.forget("films")
    assert Workspace(workspace.path).queues.saved == {}
    with pytest.raises(RequestRefused, match="over 100 characters"):
        workspace.queues.save("x" * 101, queue)
    assert Workspace(workspace.path).queues.saved == {}


def test_samples_are_dealt_in_the_order_of_the_queue(predicted: Workspace):
    predicted.flag()
    assert predicted.queues.overlap == 1
    flagged = predicted.queues.waiting(Queue())
    suspicion = predicted.suspicion
    assert suspicion is not None
    assert flagged == tuple(predicted.dataset.ids[suspicion.worst_first()[:2]])
    predicted.queues.assign(flagged, ["ann", "bob"], overlap=1)
    assert predicted.decisions.store.assignments.of("ann") == flagged[:1]
    predicted.decide(decision_of("1", flagged[0]))
    assert predicted.queues.waiting(Queue()) == flagged[1:]
    predicted.queues.assign(flagged, ["ann", "bob"], overlap=2)
    assert predicted.queues.waiting(Queue()) == flagged
    assert Workspace(predicted.path).queues.overlap == 2


def test_more_people_per_sample_than_are_named_are_refused(predicted: Workspace):
    with pytest.raises(NotSaved) as refused:
        predicted.queues.assign(["2"], ["ann"], overlap=2)
    assert "2 people are to see each sample, and 1 are named" in refused.value.what
    assert predicted.queues.overlap == 1


QUERIES = (
    "'; delete from event; --", "x' or '1'='1", 'a" union select reviewer, note from event --',
    "%", "_", "\\", "1; drop table event", "event.note", "*",
)  # fmt: skip
WORDS = ("text", "reason", "cell")


@pytest.mark.bad_input("M04")
@pytest.mark.parametrize("said", QUERIES)
def test_what_a_filter_says_is_compared_and_never_run(space: Workspace, said: str):
    store = space.decisions.store
    for operation, reviewer in (("2", said), ("4", "ann")):
        space.decide(decision_of(operation, operation, reviewer=reviewer, note=said))
    everything = Queue(show="all", sort="file")
    assert space.queues.waiting(Queue(show="all", sort="file", by=said)) == ("2",)
    for name in WORDS:
        found = Queue(show="all", sort="file", column="source", **{name: said})
        assert space.queues.waiting(found) == (), name
    for name in ("given", "predicted", "slice"):
        with pytest.raises(RequestRefused) as refused:
            space.queues.waiting(Queue(show="all", **{name: said}))
        assert refused.value.field == name
    with pytest.raises(ColumnRefused):
        space.queues.waiting(Queue(show="all", column=said))
    space.queues.save(said, everything)
    space.queues.assign(("2", "4"), [said])
    assert store.assignments.of(said) == ("2", "4")
    assert Workspace(space.path).queues.saved == {said: everything}
    assert [each.reviewer for each in store.events()] == [said, "ann"]
    assert len(space.queues.waiting(everything)) == 6


@pytest.mark.bad_input("M05")
def test_a_url_filters_by_the_fields_of_a_queue_and_by_nothing_else():
    theirs = (
        "note",
        "operation",
        "draft",
        "token",
        "reviewer__password",
        "event.note",
        "__class__",
    )
    query = dict.fromkeys(theirs, "x") | {"show": "note", "sort": "reviewer", "region": "draft"}
    assert Queue.from_query(query) == Queue()
    known = {each.name for each in fields(Queue)}
    assert known.isdisjoint(theirs)
    assert {Queue.from_query({"show": each}).show for each in SHOWS} == set(SHOWS)
    assert {Queue.from_query({"sort": each}).sort for each in SORTS} == set(SORTS)


@pytest.mark.bad_input("M06")
@pytest.mark.parametrize("field", WORDS)
def test_no_filter_is_an_expression(space: Workspace, field: str):
    for said in ("(a+)+$", "^(.*)*$", "[", ".*", "@__import__('os').system('true')", "index > 0"):
        queue = Queue.from_query({"show": "all", "column": "source", field: said})
        assert getattr(queue, field) == said
        assert space.queues.waiting(queue) == ()
    longest = "a" * LONGEST
    assert space.queues.waiting(Queue.from_query({"show": "all", "text": longest})) == ()
    assert Queue.from_query({"show": "all", "text": longest + "a"}).text == ""


@pytest.mark.parametrize(
    ("queue", "what", "remedy"),
    [
        (Queue(versus="yes"), "not the other", "between it, versus this one"),
        (Queue(value="web"), "not the slice column", "Name the slice column too"),
        (Queue(cell="web"), "not the column", "Name the column too"),
        (Queue(given="jes"), "“jes”, which is none", "Name one of these: “no” and “yes”."),
        (Queue(between="jes"), "“jes”, which is none", "Name one of these: “no” and “yes”."),
        (Queue(predicted="yes"), "no probabilities yet", "`labelviz predict`"),
        (Queue(between="yes"), "no probabilities yet", "`labelviz predict`"),
        (Queue(low=0.5), "does not have", "Leave it out"),
    ],
)
def test_what_a_queue_asks_for_in_vain_is_named(
    workspace: Workspace, queue: Queue, what: str, remedy: str
):
    with pytest.raises(RequestRefused) as refused:
        workspace.queues.waiting(replace(queue, show="all"))
    assert_message(refused.value, what, remedy=remedy)


def test_the_two_sides_of_a_border_are_two_classes(predicted: Workspace):
    with pytest.raises(RequestRefused, match="does not have"):
        predicted.queues.waiting(Queue(show="all", between="yes", versus="yes"))
