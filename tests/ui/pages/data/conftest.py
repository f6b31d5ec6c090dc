"""The Data page without a workspace, and its fields."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

PATH = "Or type the path of a file or a datasets folder on the server"


def field(page: AppTest, kind: str, label: str) -> Any:
    """The widget of this kind and label."""
    return next(each for each in getattr(page, kind) if each.label == label)


def typed(page: AppTest, path: Path) -> AppTest:
    """The page after somebody typed this path."""
    return field(page, "text_input", PATH).set_value(str(path)).run()


def table(page: AppTest, column: str) -> Any:
    """The table that has this column."""
    return next(each.value for each in page.dataframe if column in each.value)


@pytest.fixture
def empty(open_page, tmp_path):
    """The page where there is no workspace; new ones come into the folder `home`."""
    home = tmp_path / "home"
    home.mkdir()
    return open_page("data", home / "nothing")
