"""Review: the page as a whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from labelviz.project.workspace import Workspace
from labelviz.requests import Flag, Request
from labelviz.ui.components import answer
from labelviz.ui.components.queue_bar import CONTROLS_WORDS
from tests.conftest import decision_of
from tests.ui.conftest import Open, button, do, last, press, sample, target, words

pytestmark = pytest.mark.usefixtures("sheets")


def test_the_bars_start_from_the_target_and_offer_other_rows(
    space: Workspace, open_page: Open, sheets: list[answer.Sheet]
) -> None:
    page = open_page("review", space.path)
    row = space.dataset.rows[sample(page)]
    given = space.dataset.given[row]
    assert sheets[-1].bars.row.tolist() == np.eye(2)[given].tolist()
    assert sheets[-1].bars.given == (given,)
    assert list(sheets[-1].bars.starts) == ["As given", "Smoothed", "Model", "Suggested"]
    assert sheets[-1].bars.starts["Smoothed"][given] == pytest.approx(0.9)
    assert (
        sheets[-1].bars.starts["Model"].tolist()
        == space.opinions.probabilities().values[row].tolist()
    )


def test_blind_first_hides_the_evidence_until_one_has_decided(
    space: Workspace, open_page: Open, sheets: list[answer.Sheet]
) -> None:
    page = open_page("review", space.path)
    page = page.toggle(key="blind").set_value(True).run()
    here = sample(page)
    assert "Given" not in words(page)
    assert "Suspicion" not in words(page)
    assert sheets[-1].bars.row.tolist() == [0.5, 0.5]
    assert (sheets[-1].bars.given, dict(sheets[-1].bars.starts)) == ((), {})
    assert next(b for b in page.button if (b.key or "").startswith("keep")).disabled
    page = do(page, lambda sheet, acts: acts.decide(target(sheet, [0.7, 0.3])))
    assert last(space).blind
    assert sample(page) == here
    assert "Given" in words(page)
    page = press(page, "next")
    assert sample(page) != here


def test_flags_of_another_version_keep_nobody_from_reviewing(
    outdated: Workspace, open_page: Open, started: list[Request]
) -> None:
    page = press(open_page("review", outdated.path), "keep")
    assert last(outdated).verdict == "keep"
    assert "The flags were made by another version of labelviz" in words(page)
    page = button(page, "Find wrong labels").click().run()
    assert started == [Flag()]
    outdated.flag()
    page = page.run()
    assert "another version" not in words(page)
    assert "no flags yet" not in words(page)
    assert outdated.decisions.statuses.count("kept") == 1


def test_what_a_reviewer_flagged_is_for_discussion(
    space: Workspace, open_page: Open, sheets: list[answer.Sheet]
) -> None:
    page = press(open_page("review", space.path), "flag")
    assert sheets[-1].recent[0].status == "for discussion"
    page = press(page, "previous")
    assert "me: for discussion" in words(page)
    assert "disputed" not in words(page)
    space.decide(decision_of("2", sample(page), "choose", label=("no",), reviewer="bob"))
    assert "<span>disputed</span>" in words(page.run())


def test_random_controls_are_explained_where_there_are_any(
    space: Workspace, open_page: Open
) -> None:
    page = open_page("review", space.path)
    assert f'title="{CONTROLS_WORDS}"' in words(page)
    assert CONTROLS_WORDS in " ".join(each.value for each in press(page, "help").markdown)
    page.selectbox[0].set_value("all").run()
    assert "title=" not in words(page).partition("left in this queue")[0]


def test_without_data_the_page_leads_to_the_data_page(
    tmp_path: Path, open_page: Open, gone: list[tuple[object, ...]]
) -> None:
    page = open_page("review", Workspace.create(tmp_path / "empty").path)
    button(page, "Load a file").click().run()
    assert gone == [("data",)]


def test_blind_first_hides_similar_samples_and_history_too(
    space: Workspace, open_page: Open
) -> None:
    page = open_page("review", space.path)
    space.decide(decision_of("1", sample(page), "choose", label=("no",), reviewer="bob"))
    page = page.toggle(key="blind").set_value(True).run()
    for drawer in ("similar", "history"):
        opened = press(page, drawer)
        assert "Blind: choose first" in " ".join(each.value for each in opened.caption)
        assert "bob" not in words(opened)


def test_one_choice_stands_out_the_suggestion_on_a_flagged_card_else_the_label(
    space: Workspace, open_page: Open, sheets: list[answer.Sheet]
) -> None:
    assert space.suspicion is not None
    for row, flagged in enumerate(space.suspicion.flagged):
        open_page("review", space.path, show="all", sample=str(space.dataset.ids[row]))
        better = space.suspicion.suggested[row] != space.dataset.given[row]
        (first,) = [each.verdict for each in sheets[-1].choices if each.primary]
        assert first == ("accept" if flagged and better else "keep")
        assert all(each.enabled for each in sheets[-1].choices if each.primary)
    assert space.suspicion.flagged.any()
    assert not space.suspicion.flagged.all()


def test_a_settled_card_says_so_before_anything_is_decided_on_it(
    space: Workspace, open_page: Open
) -> None:
    settled = decision_of("1", "3", "choose", label=("no",), reviewer="judge", final=True)
    space.decide(settled)
    told = "Settled as “no” by judge; yours is kept and does not count."
    page = open_page("review", space.path, show="all", sample="3")
    assert words(page).count(told) == 1
    page = page.toggle(key="blind").set_value(True).run()
    assert told not in words(page)
    assert told not in words(open_page("review", space.path, show="all", sample="4"))
    assert told not in words(open_page("review", space.path, show="disputed", sample="3"))
    space.decide(decision_of("2", "4", "exclude", reviewer="judge", final=True))
    said = words(open_page("review", space.path, show="all", sample="4"))
    assert "Settled by judge: excluded; yours is kept and does not count." in said


def test_notes_of_others_stand_on_the_card_as_text(space: Workspace, open_page: Open) -> None:
    note = "<b>same</b> owner"
    space.decide(decision_of("1", "3", "unsure", reviewer="bob", note=note))
    space.decide(decision_of("2", "3", "unsure", reviewer="me", note="mine"))
    page = open_page("review", space.path, "me", show="all", sample="3")
    assert "Note by bob</span><span>&lt;b&gt;same&lt;/b&gt; owner" in words(page)
    assert "Note by me" not in words(page)
    space.decide(decision_of("3", "4", "unsure", reviewer="bob", note=note))
    page = open_page("review", space.path, "me", show="all", sample="4")
    page = page.toggle(key="blind").set_value(True).run()
    assert "owner" not in words(page)
