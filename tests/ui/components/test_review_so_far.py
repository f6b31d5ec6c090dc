"""What Overview says about the review so far."""

from __future__ import annotations

from typing import Any

import pytest

from labelviz.core.audit import Share
from labelviz.ui.components.review_so_far import share_in_words
from labelviz.workspace import Workspace
from tests.conftest import decision_of
from tests.ui.conftest import Open, button, words


@pytest.mark.parametrize(
    ("share", "expected"), [(Share(0, 0), "–"), (Share(5, 10), "50% (19% to 81%)")]
)
def test_a_share_comes_with_its_interval(share: Share, expected: str) -> None:
    assert share_in_words(share) == expected


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
