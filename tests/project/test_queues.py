from __future__ import annotations

import pytest

from labelviz.core.queue import Queue
from labelviz.errors import (
    NotSaved,
    RequestRefused,
)
from labelviz.project.workspace import Workspace
from tests.conftest import decision_of


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
    assert predicted.decisions.store.assigned("ann") == flagged[:1]
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
