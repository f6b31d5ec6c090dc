"""Bulk: a count, a preview, a cap, one undo; and copies that are decided alike."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from labelviz.core.bulk import Bulk, Known, bulk_decisions
from labelviz.project.workspace import Workspace
from labelviz.tables.columns import Columns
from labelviz.ui import sitting
from labelviz.ui.components import bulk
from tests.conftest import decision_of
from tests.ui.conftest import Open, button, press, sample, words

pytestmark = pytest.mark.usefixtures("sheets")


def bulk_alone(query: dict[str, str], chosen: tuple[str, ...] = ()) -> None:
    """The drawer by itself: a simulated browser closes a drawer when something in it changes."""
    from labelviz.core.queue import Queue
    from labelviz.ui import sitting, state
    from labelviz.ui.components import bulk

    bulk.show(sitting.desk(state.workspace(), Queue.from_query(query)), chosen)


@pytest.fixture
def open_bulk(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Open the drawer on a workspace and a queue."""

    def opened(space: Workspace, chosen: tuple[str, ...] = (), **queue: str) -> AppTest:
        monkeypatch.setattr(sys, "argv", ["app.py", str(space.path)])
        asked = {"show": "unreviewed", **queue}
        return AppTest.from_function(bulk_alone, args=(asked, chosen)).run()

    return opened


def choose(page: AppTest, what: str) -> AppTest:
    return next(each for each in page.selectbox if each.label == "What to do").set_value(what).run()


def test_the_whole_queue_is_decided_and_taken_back_in_one_step(
    space: Workspace, open_bulk: Callable[..., AppTest]
) -> None:
    page = open_bulk(space)
    assert "6 samples wait" in words(page)
    page = choose(page, "exclude")
    page = button(page, "Decide 6 samples").click().run()
    assert space.decisions.statuses.count("excluded") == 6
    assert len({event.action for event in space.decisions.store.events()}) == 1
    space.decisions.undo("me")
    assert space.decisions.statuses.count("unreviewed") == 6


def test_a_cap_takes_the_first_of_the_queue(
    space: Workspace, open_bulk: Callable[..., AppTest]
) -> None:
    page = open_bulk(space)
    next(each for each in page.number_input if each.label == "At most").set_value(2).run()
    page = choose(page, "keep")
    button(page, "Decide 2 samples").click().run()
    assert space.suspicion is not None
    worst = space.suspicion.worst_first()[:2]
    assert space.review.samples == {space.dataset.ids[row] for row in worst}


def test_only_the_filter_is_decided(space: Workspace, open_bulk: Callable[..., AppTest]) -> None:
    page = choose(open_bulk(space, text="film"), "exclude")
    button(page, "Decide 2 samples").click().run()
    assert space.review.samples == {"007", "2"}


def test_only_what_was_chosen_is_decided(
    space: Workspace, open_bulk: Callable[..., AppTest]
) -> None:
    page = open_bulk(space, chosen=("4", "2", "not in the dataset any more"))
    assert not [each for each in page.number_input if each.label == "At most"]
    page = choose(page, "exclude")
    button(page, "Decide 2 samples").click().run()
    assert space.review.samples == {"4", "2"}
    assert len({event.action for event in space.decisions.store.events()}) == 1


def test_who_answers_blind_decides_card_by_card(
    space: Workspace, open_bulk: Callable[..., AppTest]
) -> None:
    page = open_bulk(space, chosen=("4", "2"))
    assert [each for each in page.selectbox if each.label == "What to do"]
    page.session_state[sitting.BLIND] = True
    page = page.run()
    assert [each.value for each in page.info] == [bulk.BLIND]
    given = set(space.dataset.classes)
    assert not given & {word for each in page.markdown for word in each.value.split()}
    assert not [each for each in page.selectbox if each.label == "What to do"]
    assert not [each for each in page.button if each.label.startswith("Decide")]
    assert [each for each in page.text_input if each.label.startswith("Names")]


def test_samples_are_dealt_to_people(space: Workspace, open_bulk: Callable[..., AppTest]) -> None:
    page = open_bulk(space)
    next(each for each in page.text_input if "Names" in each.label).set_value("Ann, Bob").run()
    button(page, "Deal 6 samples").click().run()
    mine, theirs = map(space.decisions.store.assignments.of, ("Ann", "Bob"))
    assert mine is not None
    assert theirs is not None
    assert sorted(mine + theirs) == sorted(space.dataset.ids)


def test_how_many_people_see_each_sample_is_set_for_everybody(
    space: Workspace, open_bulk: Callable[..., AppTest]
) -> None:
    page = open_bulk(space)
    next(each for each in page.text_input if "Names" in each.label).set_value("Ann, Bob").run()
    people = next(each for each in page.number_input if each.label == "People per sample")
    page = people.set_value(2).run()
    button(page, "Deal 6 samples").click().run()
    assert space.queues.overlap == 2
    for name in ("Ann", "Bob"):
        assert sorted(space.decisions.store.assignments.of(name) or ()) == sorted(space.dataset.ids)
    button(open_bulk(space), "Open to everybody").click().run()
    assert (space.queues.overlap, space.decisions.store.assignments.exist()) == (2, False)


def test_a_bulk_action_says_how_many_were_settled_before(
    space: Workspace, open_bulk: Callable[..., AppTest]
) -> None:
    for number, name in enumerate(("3", "6")):
        space.decide(decision_of(str(number), name, "exclude", final=True, reviewer="judge"))
    page = open_bulk(space, show="all")
    page = button(choose(page, "keep"), "Decide 6 samples").click().run()
    assert page.session_state[bulk.DONE] == (
        "6 samples decided. Undo takes all of it back. "
        "2 of them were settled for everybody before, and stay so."
    )
    assert space.decisions.statuses.count("excluded") == 2


def with_copies(tmp_path: Path, write: Callable[..., Path], rows: str) -> Workspace:
    project = Workspace.create(tmp_path / "copies")
    project.load(write(f"id,text,label\n{rows}", "copies.csv"), Columns("text", "label", id="id"))
    return project


def test_copies_of_a_sample_are_decided_alike_on_consent(
    tmp_path: Path, write: Callable[..., Path], open_page: Open
) -> None:
    project = with_copies(tmp_path, write, "1,same,yes\n2,other,no\n3,same,no\n4,same,yes\n")
    page = open_page("review", project.path)
    assert sample(page) == "1"
    page = press(page, "keep")
    assert "2 more with the texts of 1, kept: yes" in words(page)
    page = press(page, "alike")
    assert [d.label for s in ("1", "3", "4") for d in project.review.decisions(s)] == [("yes",)] * 3
    assert project.review.decisions("2") == ()
    press(page, "undo")
    assert project.review.samples == {"1"}


def test_a_copy_on_the_screen_that_was_decided_alike_gives_way_to_the_next_card(
    tmp_path: Path, write: Callable[..., Path], open_page: Open
) -> None:
    project = with_copies(tmp_path, write, "1,same,yes\n2,same,no\n3,other,no\n")
    page = press(open_page("review", project.path), "keep")
    assert sample(page) == "2"
    page = press(page, "alike")
    assert project.review.samples == {"1", "2"}
    assert sample(page) == "3"
    page = press(page, "previous")
    assert sample(page) == "2"


def test_a_bulk_action_that_empties_the_queue_is_undone_where_it_was_done(
    space: Workspace, open_page: Open
) -> None:
    page = open_page("review", space.path)
    page.query_params["show"] = "unreviewed"
    del page.query_params["sample"]
    page = page.run()
    names = [str(name) for name in space.dataset.ids]
    known = Known(space.dataset, space.suspicion, space.goals.making().targets)
    rows = np.arange(len(names))
    space.decisions.decide_all(bulk_decisions(Bulk("keep"), rows, known, "me"))
    page.session_state[bulk.DONE] = "All decided."
    del page.query_params["sample"]
    page = page.run()
    assert [each.value for each in page.success] == ["All decided."]
    assert "No sample matches" in page.info[0].value
    page = button(page, "Undo").click().run()
    assert space.review.samples == set()
    assert sample(page) in names
