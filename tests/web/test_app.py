from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

from websockets.sync.client import connect

import labelviz
from labelviz import web
from labelviz.core import log
from tests.browser.conftest import free_port
from tests.conftest import until

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


def test_a_server_logs_who_comes_and_goes_and_each_line_is_json(tmp_path: Path):
    port, written = free_port(), tmp_path / "log"
    mine = {
        log.VARIABLE: log.JSON,
        "STREAMLIT_SERVER_PORT": str(port),
        "STREAMLIT_SERVER_HEADLESS": "true",
    }
    with written.open("w") as out:
        running = subprocess.Popen(
            [sys.executable, "-m", "labelviz.cli", "serve"], env=os.environ | mine, cwd=tmp_path,
            stdout=subprocess.DEVNULL, stderr=out,
        )  # fmt: skip
    try:
        until(lambda: _answer(port) == 200)
        with connect(f"ws://127.0.0.1:{port}/_stcore/stream"):
            pass
        assert _answer(port, "elsewhere.example") == 421
        until(lambda: "tab gone" in written.read_text("utf-8"))
    finally:
        running.kill()
        running.wait()
    events = [json.loads(line).get("event") for line in written.read_text("utf-8").splitlines()]
    assert {"tab connected", "refused at the door", "tab gone"} <= set(events)


def _answer(port: int, host: str = "localhost") -> int:
    """The status of a page as a server on this machine answers to a name; 0 where none does."""
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"Host": host})
    try:
        return int(urllib.request.urlopen(asked).status)  # noqa: S310
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
