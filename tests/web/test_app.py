from __future__ import annotations

import tomllib
from pathlib import Path

import labelviz
from labelviz import web

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_served_behind_its_door_with_its_settings_beside_it():
    assert Path(web.PAGE).is_file()
    settings = Path(web.__file__).parent / ".streamlit/config.toml"
    server = tomllib.loads(settings.read_text("utf-8"))["server"]
    assert server["address"] == "127.0.0.1"
    assert "localhost" in server["allowedHosts"]
    assert Path(labelviz.__file__).parent in Path(web.PAGE).parents


def test_a_checkout_and_an_installed_package_serve_the_same():
    here, installed = ROOT / "app.py", ROOT / "labelviz/web/app.py"
    code = [path.read_text("utf-8").partition('"""\n')[2] for path in (here, installed)]
    assert code[0] == code[1]
    assert (ROOT / ".streamlit/config.toml").samefile(ROOT / "labelviz/web/.streamlit/config.toml")
