"""Similar samples: what is nearest, and what became of it."""

from __future__ import annotations

import pytest

from labelviz.project.workspace import Workspace
from labelviz.ui.components.similar import NONE_KEPT
from tests.conftest import decision_of
from tests.ui.conftest import Open, press, sample, words

pytestmark = pytest.mark.usefixtures("sheets")


def test_without_embeddings_nothing_is_claimed(predicted: Workspace, open_page: Open) -> None:
    page = press(open_page("review", predicted.path), "similar")
    assert NONE_KEPT in " ".join(each.value for each in page.caption)


def test_the_nearest_are_listed_with_their_decisions(space: Workspace, open_page: Open) -> None:
    space.decide(decision_of("1", "5", "keep", label=("yes",)))
    page = press(open_page("review", space.path), "similar")
    said = words(page)
    assert "With the same label" in said
    assert "alike" in said
    found = space.findings.embeddings.similar(space.dataset.rows[sample(page)], 3)
    assert found is not None
    for row, _ in (*found.same, *found.other):
        assert str(space.dataset.ids[row]) in said
