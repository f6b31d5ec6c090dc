"""The history of a sample: who said what, and the way back."""

from __future__ import annotations

import pytest

from labelviz.project.workspace import Workspace
from labelviz.ui.components.history import words
from tests.conftest import decision_of
from tests.ui.conftest import Open, do, last, press, query, sample, target
from tests.ui.conftest import words as said

pytestmark = pytest.mark.usefixtures("sheets")


@pytest.mark.parametrize(
    ("verdict", "more", "expected"),
    [
        ("keep", {"label": ("no",)}, "kept: no"),
        ("choose", {"label": ("yes",)}, "corrected: yes"),
        ("choose", {"label": ()}, "corrected: none"),
        ("soften", {"target": {"no": 0.2, "yes": 0.8}}, "yes 0.80, no 0.20"),
        ("exclude", {}, "excluded"),
        ("flag", {}, "for discussion"),
    ],
)
def test_a_decision_in_a_few_words(verdict: str, more: dict, expected: str) -> None:
    assert words(decision_of("1", "s0", verdict, **more), ("no",)) == expected


def test_everything_that_was_said_is_listed_and_comes_back(
    space: Workspace, open_page: Open
) -> None:
    page = open_page("review", space.path)
    first = sample(page)
    page = do(page, lambda sheet, acts: acts.decide(target(sheet, [0.7, 0.3])))
    page = press(page, "previous")
    assert sample(page) == first
    page = press(page, "exclude")
    page = press(page, "undo")
    assert query(page, "sample") == first
    listed = said(press(page, "history"))
    assert "me set: no 0.70, yes 0.30" in listed
    assert "me excluded it" in listed
    assert "me undid: excluded it" in listed
    press(page, "redo")
    assert "me redid: excluded it" in said(press(page, "history"))
    press(page, "undo")
    events = space.decisions.store.history(first)
    assert [each.verdict for each in events[-3:]] == ["undo"] * 3
    assert said(press(page, "history")).count("me undid: excluded it") == 2
    softened = space.decisions.store.history(first)[0]
    restored = space.decisions.restore("me", softened)
    assert restored.target == softened.target
    assert space.review.by("me", first) == last(space) == restored
