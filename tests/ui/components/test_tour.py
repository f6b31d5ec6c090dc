"""The tour: begun for newcomers on the demo alone, left by a press, ended by an export."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import labelviz
from labelviz.core.roles import Member, Roles
from labelviz.project import demo
from labelviz.project.workspace import Workspace
from labelviz.ui.components import tour
from tests.conftest import ENOUGH, decision_of
from tests.ui.conftest import button, words

SCRIPT = Path(labelviz.__file__).parent / "page.py"
Visit = Callable[..., AppTest]


@pytest.fixture
def space(predicted: Workspace) -> Workspace:
    """A small workspace of the demo's name, with flags."""
    predicted.flag()
    predicted.decisions.store.close()
    return Workspace(predicted.path.rename(predicted.path.with_name(demo.NAME)))


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> Visit:
    def visited(space: Workspace) -> AppTest:
        monkeypatch.setattr(sys, "argv", ["app.py", str(space.path)])
        return AppTest.from_file(str(SCRIPT), default_timeout=ENOUGH).run()

    return visited


def test_a_newcomer_is_led_from_the_overview_to_a_file(visit: Visit, space: Workspace):
    page = visit(space)
    assert "Tour, 1 of 3." in words(page)
    assert not page.exception
    page = button(page, "Look at the most suspicious").click().run()
    assert "Tour, 2 of 3." in words(page)
    page = button(page, "Go on to the targets").click().run()
    assert "Tour, 3 of 3." in words(page)
    page = button(page, "Write an export file").click().run()
    assert "That was the tour." in words(page)
    page = button(page, "Load a file").click().run()
    assert "Tour" not in words(page)
    assert not page.exception


def test_who_skips_it_sees_it_again_only_when_asking_for_it(visit: Visit, space: Workspace):
    page = button(visit(space), tour.SKIP).click().run()
    assert "Tour, 1" not in words(page)
    assert "Tour, 1" not in words(page.run())
    page = button(page, tour.TITLE).click().run()
    assert "Tour, 1 of 3." in words(page)


def test_a_file_of_before_does_not_end_it(visit: Visit, space: Workspace):
    space.export()
    page = visit(space)
    assert "Tour, 1" not in words(page), "who has exported is no newcomer"
    page = button(page, tour.TITLE).click().run()
    for words_on in ("Look at the most suspicious", "Go on to the targets"):
        page = button(page, words_on).click().run()
    assert "Tour, 3 of 3." in words(page)


def test_nobody_is_led_where_somebody_decided_or_on_data_of_their_own(
    visit: Visit, space: Workspace
):
    sample = str(space.dataset.ids[0])
    space.decide(decision_of("op", sample, "exclude", on=space.dataset))
    space.decisions.store.close()
    assert "Tour, 1" not in words(visit(space))
    own = Workspace(space.path.rename(space.path.with_name("own")))
    page = visit(own)
    assert "Tour, 1" not in words(page)
    assert tour.TITLE not in [each.label for each in page.button]


def test_who_looks_on_is_not_led_to_decide(visit: Visit, space: Workspace):
    space.decisions.store.roles.change(lambda _: Roles({"olga": Member("owner")}, others="viewer"))
    page = visit(space)
    assert "Tour, 1" not in words(page)
    assert tour.TITLE not in [each.label for each in page.button]
    assert not page.exception
