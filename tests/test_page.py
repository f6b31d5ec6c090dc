"""The page of a visitor as a whole: what stands beside it, and where errors become messages."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import labelviz
from labelviz.project.workspace import Workspace
from labelviz.ui import identity
from tests.conftest import ENOUGH
from tests.ui.conftest import words

SCRIPT = Path(labelviz.__file__).parent / "page.py"


@pytest.fixture
def visited(predicted: Workspace, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page on a workspace."""
    monkeypatch.setattr(sys, "argv", ["app.py", str(predicted.path)])
    return AppTest.from_file(str(SCRIPT), default_timeout=ENOUGH)


def test_the_page_leads_to_what_there_is_to_see(visited: AppTest, predicted: Workspace):
    page = visited.run()
    assert "labels are flagged" in words(page) or page.header
    assert page.selectbox[0].value == predicted.name


def test_who_is_not_believed_reads_why_and_sees_no_page(
    visited: AppTest, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(identity.HEADER, "X-User")
    page = visited.run()
    said = [str(each.value) for each in page.html]
    assert any("did not say who you are" in each for each in said)
    assert not page.header, "the page itself is shown"
    assert not page.exception
