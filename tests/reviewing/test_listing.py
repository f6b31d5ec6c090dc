from __future__ import annotations

import numpy as np
import pytest

from labelviz.core.queue import Queue
from labelviz.project.workspace import Workspace
from labelviz.reviewing import Refit, Shared, Sitting, sit
from labelviz.reviewing.listing import PER_PAGE, QueuePage, page_at, page_of, predicted, sorted_by
from tests.conftest import decision_of


def at(space: Workspace, **queue):
    return sit(space, Queue(**queue), Sitting(), Shared(Refit(lambda _: True)))


@pytest.mark.parametrize(
    ("asked", "page", "rows"),
    [(1, 1, range(50)), (3, 3, range(100, 120)), (0, 1, range(50)), (9, 3, range(100, 120))],
)
def test_a_page_that_is_not_there_is_the_nearest_that_is(asked, page, rows):
    found = QueuePage(np.arange(120), asked)
    assert (found.page, found.pages, found.first) == (page, 3, rows[0])
    assert found.rows.tolist() == list(rows)


def test_a_full_last_page_has_no_empty_one_behind_it():
    assert QueuePage(np.arange(2 * PER_PAGE), 1).pages == 2
    assert QueuePage(np.arange(0), 4).page == 1


def test_pages_hold_what_waits_in_the_order_of_the_queue(space: Workspace):
    everything = page_at(at(space, show="all", sort="file"), 1).waiting
    assert everything.tolist() == list(range(6))
    turned = page_at(at(space, show="all", sort="file", reverse=True), 1).waiting
    assert turned.tolist() == list(range(6))[::-1]
    sample = str(space.dataset.ids[2])
    space.decide(decision_of("1", sample, "unsure", on=space.dataset))
    assert page_at(at(space, show="unsure"), 1).waiting.tolist() == [2]
    assert 2 not in page_at(at(space, show="unreviewed"), 1).waiting


def test_a_sample_is_found_on_its_page(space: Workspace, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("labelviz.reviewing.listing.PER_PAGE", 4)
    desk = at(space, show="all", sort="file")
    ids = [str(each) for each in space.dataset.ids]
    assert [page_of(desk, each) for each in ids] == [1, 1, 1, 1, 2, 2]
    assert page_of(desk, "no such sample") == 1


def test_a_second_press_on_a_head_turns_the_order_round():
    once = sorted_by(Queue(sort="worst", text="x"), "given")
    assert once == Queue(sort="given", text="x")
    assert sorted_by(once, "given") == Queue(sort="given", text="x", reverse=True)
    assert sorted_by(sorted_by(once, "given"), "given") == once
    assert sorted_by(Queue(sort="given", reverse=True), "worst") == Queue()


def test_what_the_model_expects(space: Workspace):
    desk = at(space)
    values = space.opinions.probabilities().values
    names, share = predicted(desk, 1)
    assert names == (space.dataset.classes[int(values[1].argmax())],)
    assert share == values[1].max()


def test_a_threshold_decides_what_the_model_expects(space: Workspace):
    before = at(space, show="all", sort="predicted")
    second, (no, yes) = space.opinions.probabilities().values[:, 1], space.dataset.classes
    row = int(np.flatnonzero(second > 0.5)[0])
    assert predicted(before, row) == ((yes,), second[row])
    space.goals.cuts.use({yes: 1.0})
    after = at(space, show="all", sort="predicted")
    assert predicted(after, row) == ((no,), pytest.approx(1 - second[row]))
    assert after.line.rows.tolist() != before.line.rows.tolist()
