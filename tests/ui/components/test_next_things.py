"""At the end of a queue: what is offered next, and where it leads."""

from __future__ import annotations

import pytest

from labelviz.core.queue import Queue
from labelviz.project.workspace import Workspace
from labelviz.ui.components import random_samples
from tests.conftest import decision_of
from tests.ui.conftest import Open, button, press

pytestmark = pytest.mark.usefixtures("sheets")


def test_the_end_of_a_queue_offers_what_to_do_next(
    space: Workspace, open_page: Open, gone: list[tuple[object, ...]]
) -> None:
    page = open_page("review", space.path)
    assert not [each for each in page.button if (each.key or "").startswith("next ")]
    page = press(press(page, "keep"), "keep")
    offered = [each.label for each in page.button if (each.key or "").startswith("next ")]
    assert offered == ["Review 4 at random", "Review 4 others", "Go to the targets"]
    button(page, "Review 4 at random").click().run()
    assert gone == [("review", random_samples.RANDOM)]
    page = press(page, "previous")
    assert not [each for each in page.button if (each.key or "").startswith("next ")]


def test_a_queue_in_which_nothing_waits_offers_the_others(
    space: Workspace, open_page: Open, gone: list[tuple[object, ...]]
) -> None:
    space.decide(decision_of("1", "3", "flag", reviewer="bob"))
    page = open_page("review", space.path, show="kept")
    button(page, "Settle 1").click().run()
    assert gone == [("review", Queue(show="disputed"))]
