"""What looks again by itself, on a server that does little else: presses and pages stay whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server
from tests.conftest import until

pytestmark = pytest.mark.browser
PRESSES, MOVES = 12, 4
APP = """
from labelviz.web import MIDDLEWARE
import streamlit as st

app = st.App({shown!r}, middleware=MIDDLEWARE)
"""
SHOWN = """
import time

import streamlit as st


def pressed():
    st.session_state.presses = st.session_state.get("presses", 0) + 1


@st.fragment(run_every=0.02)
def look():
    st.session_state.looks = st.session_state.get("looks", 0) + 1
    st.write(f"looked {st.session_state.looks} times")


def here():
    look()
    st.button("Press", on_click=pressed)
    time.sleep(0.05)
    st.write(f"pressed {st.session_state.get('presses', 0)} times")
    if st.button("There"):
        st.switch_page(pages[1])


def there():
    look()
    st.write("this is there")
    if st.button("Back"):
        st.switch_page(pages[0])


pages = [st.Page(here, default=True), st.Page(there)]
st.navigation(pages).run()
"""


@pytest.fixture
def looking(tmp_path: Path) -> Iterator[Server]:
    """A server whose pages look again fifty times a second."""
    shown, script = tmp_path / "shown.py", tmp_path / "looking.py"
    shown.write_text(SHOWN)
    script.write_text(APP.format(shown=str(shown)))
    running = Server(tmp_path, str(script))
    running.start()
    yield running
    running.kill()


def looks(page: Page) -> int:
    words = page.get_by_text(re.compile(r"^looked \d+ times$")).inner_text()
    return int(words.split()[1])


def test_a_press_is_done_once_and_pages_change_while_they_look(looking: Server, page: Page) -> None:
    page.goto(looking.url)
    for turn in range(PRESSES):
        expect(page.get_by_text(f"pressed {turn} times", exact=True)).to_be_visible()
        page.get_by_role("button", name="Press").click()
    expect(page.get_by_text(f"pressed {PRESSES} times", exact=True)).to_be_visible()
    for _ in range(MOVES):
        page.get_by_role("button", name="There").click()
        expect(page.get_by_text("this is there", exact=True)).to_be_visible()
        page.get_by_role("button", name="Back").click()
        expect(page.get_by_text(f"pressed {PRESSES} times", exact=True)).to_be_visible()
    before = looks(page)
    until(lambda: looks(page) > before)
