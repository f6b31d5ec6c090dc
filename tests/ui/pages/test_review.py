"""Review: what every control decides, for each task, and what the card says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from labelviz.core.decisions import Decision
from labelviz.errors import NotSaved
from labelviz.store import DecisionStore
from labelviz.tables.columns import Columns
from labelviz.workspace import Workspace
from tests.ui.conftest import button, words

Open = Callable[[str, Path], AppTest]


@pytest.fixture
def space(predicted: Workspace) -> Workspace:
    predicted.flag()
    return predicted


@pytest.fixture
def tagged(tmp_path: Path, write: Callable[..., Path]) -> Workspace:
    """Three places with several categories each, and a model's opinion."""
    project = Workspace.create(tmp_path / "tagged")
    rows = "id,text,label\na,tower with a hotel,hotel|tower\nb,small inn,hotel\nc,office,tower\n"
    project.load(write(rows, "places.csv"), Columns("text", "label", id="id", task="multilabel"))
    opinion = "id,hotel,tower\na,0.9,0.8\nb,0.9,0.2\nc,0.1,0.9\n"
    project.predict_from_file(write(opinion, "opinion.csv"))
    return project


def press(page: AppTest, key: str) -> AppTest:
    return page.button(key=key).click().run()


def last(space: Workspace) -> Decision:
    return space.store.events()[-1]


def query(page: AppTest, name: str) -> str:
    value = page.query_params[name]
    return value if isinstance(value, str) else value[0]


def sample(page: AppTest) -> str:
    return query(page, "sample")


def test_the_most_suspicious_sample_comes_first_with_its_evidence(
    space: Workspace, open_page: Open
) -> None:
    page = open_page("review", space.path)
    assert space.suspicion is not None
    assert sample(page) == space.dataset.ids[space.suspicion.worst_first()[0]]
    said = words(page)
    assert "not reviewed" in said
    assert "flagged" in said
    assert "left in this queue" in said


@pytest.mark.parametrize(
    ("key", "verdict", "status"),
    [
        ("keep-Q", "keep", "kept"),
        ("accept-W", "accept", "corrected"),
        ("exclude-E", "exclude", "excluded"),
        ("unsure-N", "unsure", "unsure"),
        ("flag-F", "flag", "disputed"),
    ],
)
def test_a_choice_is_saved_and_the_next_card_comes(
    space: Workspace, open_page: Open, key: str, verdict: str, status: str
) -> None:
    page = open_page("review", space.path)
    first = sample(page)
    page = press(page, key)
    assert (last(space).sample, last(space).verdict) == (first, verdict)
    row = space.dataset.rows[first]
    assert space.review.status(space.dataset, row) == status
    assert sample(page) != first
    assert "Saved at" in words(page)


def test_a_digit_chooses_its_class(space: Workspace, open_page: Open) -> None:
    page = press(open_page("review", space.path), "choose-1")
    assert last(space).label == ("yes",)
    page = press(page, "choose-0")
    assert last(space).label == ("no",)


def test_a_preset_sets_the_leading_class_and_the_other_gives_way(
    space: Workspace, open_page: Open
) -> None:
    page = open_page("review", space.path)
    given = space.dataset.given[space.dataset.rows[sample(page)]]
    lead, other = space.dataset.classes[given], space.dataset.classes[1 - given]
    press(page, "preset-0.8")
    assert last(space).target == pytest.approx({lead: 0.8, other: 0.2})


def test_typed_shares_are_scaled_to_one(space: Workspace, open_page: Open) -> None:
    page = open_page("review", space.path)
    here = sample(page)
    page.number_input(key=f"share-0|{here}").set_value(0.3)
    page.number_input(key=f"share-1|{here}").set_value(0.3).run()
    assert "add to 0.60" in " ".join(caption.value for caption in page.caption)
    press(page, "save-target")
    assert last(space).target == pytest.approx({"no": 0.5, "yes": 0.5})


def test_of_several_labels_a_digit_switches_one_and_saving_keeps_the_others(
    tagged: Workspace, open_page: Open
) -> None:
    page = open_page("review", tagged.path)
    assert sample(page) == "a"
    page = press(page, "class-0")
    assert page.number_input(key="share-0|a").value == 0.0
    press(page, "save-target")
    assert last(tagged).target == {"hotel": 0.0, "tower": 1.0}


def test_undo_and_redo_return_to_the_card(space: Workspace, open_page: Open) -> None:
    page = open_page("review", space.path)
    first = sample(page)
    page = press(press(page, "keep-Q"), "undo")
    assert sample(page) == first
    assert space.review.decisions(first) == ()
    page = press(page, "redo")
    assert sample(page) == first
    assert space.review.decisions(first)[0].verdict == "keep"


def test_previous_leads_back_to_a_reviewed_card(space: Workspace, open_page: Open) -> None:
    page = open_page("review", space.path)
    first = sample(page)
    page = press(press(page, "keep-Q"), "previous")
    assert sample(page) == first
    assert "kept" in words(page)


def test_the_note_goes_with_the_decision_and_the_reviewer_is_named(
    space: Workspace, open_page: Open
) -> None:
    page = open_page("review", space.path)
    page.session_state["reviewer"] = "Ann"
    page.text_input(key=f"note|{sample(page)}").set_value("odd one").run()
    press(page, "keep-Q")
    assert (last(space).note, last(space).reviewer) == ("odd one", "Ann")


def test_what_did_not_reach_the_disk_is_not_called_saved(
    space: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page("review", space.path)
    first = sample(page)

    def full(_: DecisionStore, __: Decision) -> Decision:
        raise NotSaved("The decision was NOT saved: disk full.", where="review.db", remedy="Retry.")

    with monkeypatch.context() as patched:
        patched.setattr(DecisionStore, "record", full)
        page = press(page, "keep-Q")
    assert "NOT saved" in words(page)
    assert "Saved at" not in words(page)
    assert sample(page) == first
    assert space.store.events() == ()


def test_the_filter_is_the_queue(space: Workspace, open_page: Open) -> None:
    page = open_page("review", space.path)
    page.selectbox[0].set_value("all").run()
    page.selectbox[2].set_value("no").run()
    assert query(page, "show") == "all"
    assert query(page, "given") == "no"
    assert space.dataset.given[space.dataset.rows[sample(page)]] == 0


def test_an_empty_queue_says_so(space: Workspace, open_page: Open) -> None:
    page = open_page("review", space.path)
    page.selectbox[0].set_value("kept").run()
    assert "No sample matches" in page.info[0].value


@pytest.mark.bad_input("I21")
def test_an_unknown_sample_in_the_link_is_refused_in_words(
    space: Workspace, open_page: Open
) -> None:
    page = open_page("review", space.path)
    page.query_params["sample"] = "nobody"
    assert "not in this workspace" in page.run().info[0].value


def test_without_flags_or_probabilities_the_card_says_what_was_not_checked(
    workspace: Workspace, open_page: Open
) -> None:
    page = open_page("review", workspace.path)
    assert "not checked" in words(page)
    assert "no probabilities" in " ".join(caption.value for caption in page.caption)


def test_without_data_the_page_leads_to_the_data_page(
    tmp_path: Path, open_page: Open, gone: list[tuple[object, ...]]
) -> None:
    page = open_page("review", Workspace.create(tmp_path / "empty").path)
    button(page, "Load a file").click().run()
    assert gone == [("data",)]
