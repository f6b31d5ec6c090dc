from __future__ import annotations

import tomllib
from pathlib import Path

import labelviz
from labelviz.web import app


def test_the_page_is_served_behind_its_door_with_its_settings_beside_it():
    assert app.PAGE.is_file()
    settings = Path(app.__file__).parent / ".streamlit/config.toml"
    server = tomllib.loads(settings.read_text("utf-8"))["server"]
    assert server["address"] == "127.0.0.1"
    assert "localhost" in server["allowedHosts"]
    assert Path(labelviz.__file__).parent in app.PAGE.parents
