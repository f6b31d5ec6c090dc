"""Label Studio on the same tasks: how long its server takes to save an answer and deal the next."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TOKEN = "0123456789abcdef0123456789abcdef01234567"  # noqa: S105 - of a server that lives for minutes
IMPORTED_TOGETHER = 10_000
PATIENCE = 300
CONFIG = """<View><Text name="a" value="$a"/><Text name="b" value="$b"/>
<Choices name="label" toName="a"><Choice value="different"/><Choice value="same"/></Choices>
</View>"""
ANSWER = [{"from_name": "label", "to_name": "a", "type": "choices", "value": {"choices": ["same"]}}]


def measure_label_studio(
    environment: Path, home: Path, tasks: list[dict[str, str]], cards: int
) -> list[float]:
    """Milliseconds per card, its own SQLite database beneath.

    Parameters
    ----------
    environment : a virtual environment with `label-studio` in it.
    home : where its data goes.
    """
    with _server(environment, home / "label-studio") as api:
        asked = {"title": "pairs", "label_config": CONFIG}
        project = api.call("POST", "projects/", asked)["id"]
        for start in range(0, len(tasks), IMPORTED_TOGETHER):
            api.call("POST", f"projects/{project}/import", tasks[start : start + IMPORTED_TOGETHER])
        milliseconds = []
        task = api.call("POST", f"dm/actions?id=next_task&project={project}", {})["id"]
        for _ in range(cards):
            began = time.perf_counter()
            api.call("POST", f"tasks/{task}/annotations/", {"result": ANSWER})
            task = api.call("POST", f"dm/actions?id=next_task&project={project}", {})["id"]
            milliseconds.append(1000 * (time.perf_counter() - began))
    return milliseconds


class _Api:
    """Its HTTP interface."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"

    def call(self, method: str, path: str, content: Any) -> Any:
        """Call a method and return what it answers."""
        request = urllib.request.Request(  # noqa: S310
            f"{self.address}/api/{path}",
            method=method,
            data=json.dumps(content).encode(),
            headers={"Authorization": f"Token {TOKEN}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{path}: {error.code} {error.read()[:500]!r}") from error


@contextmanager
def _server(environment: Path, data: Path) -> Iterator[_Api]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data.mkdir(parents=True, exist_ok=True)
    command = [
        environment / "bin" / "label-studio", "start", "--no-browser", "--port", str(port),
        "--data-dir", data, "--username", "ann@example.com", "--password", "measured-only",
        "--user-token", TOKEN, "--enable-legacy-api-token",
    ]  # fmt: skip
    settings = {
        "COLLECT_ANALYTICS": "false",
        "LABEL_STUDIO_BASE_DATA_DIR": str(data),
        "DATA_UPLOAD_MAX_MEMORY_SIZE": "500000000",
    }
    with (data / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, env=os.environ | settings, stdout=log, stderr=log, start_new_session=True
        )
    api = _Api(port)
    try:
        _wait(api, process)
        yield api
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(api: _Api, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{api.address}/health")  # noqa: S310
            return
        time.sleep(0.5)
    raise RuntimeError("Label Studio did not start; see server.log in its folder.")
