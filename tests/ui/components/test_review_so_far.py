"""What Overview says about the review so far."""

from __future__ import annotations

from typing import Any

from labelviz.project.workspace import Workspace
from tests.conftest import decision_of
from tests.ui.conftest import Open, button, words


def test_before_any_review_nothing_is_claimed(space: Workspace, open_page: Open) -> None:
    assert "Nobody has reviewed anything yet." in words(open_page("overview", space.path))


def test_what_flags_were_worth_and_who_agrees(
    space: Workspace, open_page: Open, gone: list[tuple[Any, ...]]
) -> None:
    for reviewer, label in (("ann", "no"), ("bob", "yes")):
        decision = decision_of(reviewer, "3", "choose", label=(label,), reviewer=reviewer)
        space.decide(decision)
        kept = decision_of(f"{reviewer} too", "2", "keep", label=("no",), reviewer=reviewer)
        space.decide(kept)
    page = open_page("overview", space.path)
    said = words(page)
    assert "1 kept, 1 to settle" in said
    assert "Decided by two or more" in said
    assert "Cohen" in said
    button(page, "Settle 1 samples").click().run()
    assert gone[0][0] == "review"
    assert gone[0][1].show == "disputed"


def test_few_reviews_are_counted_and_no_rate_is_made_of_them(
    space: Workspace, open_page: Open
) -> None:
    flagged = space.dataset.ids[space.suspicion.flagged]
    space.decide(decision_of("one", flagged[0], "choose", label=("no",), reviewer="ann"))
    said = words(open_page("overview", space.path, reviewer="ann"))
    assert "Wrong among the flagged" in said
    assert "0 of 1" in said or "1 of 1" in said
    assert "known after 30 random samples" in said
    assert "%" not in said.partition("How far is the review?")[2].partition("Where do")[0].replace(
        "with 95% confidence", ""
    )
