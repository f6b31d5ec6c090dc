"""The log, in processes of its own: setting it up changes all logging."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

WRITTEN = "what a person wrote"
PROGRAM = f"""
import logging
from labelviz.core.log import happened, set_up
set_up()
theirs = logging.getLogger("somebody.else")
theirs.addHandler(logging.StreamHandler())
happened("job started", command="flag", writes=3)
theirs.error("Cannot read %s", {WRITTEN!r}, stack_info=True)
def fails():
    raise ValueError({WRITTEN!r})
try:
    fails()
except ValueError:
    theirs.exception(f"It failed: {WRITTEN}")
import threading, warnings
warnings.warn({WRITTEN!r})
thread = threading.Thread(target=fails)
thread.start()
thread.join()
"""


def said(monkeypatch: pytest.MonkeyPatch, value: str) -> str:
    monkeypatch.setenv("LABELVIZ_LOG", value)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True
    )
    assert done.stdout == ""
    return done.stderr


def test_every_record_is_a_line_and_nobodys_words_are_in_it(monkeypatch: pytest.MonkeyPatch):
    written = said(monkeypatch, "json")
    assert WRITTEN not in written
    lines: list[dict[str, Any]] = [json.loads(line) for line in written.splitlines()]
    event, plain, failed, warned, ended = lines
    assert event.keys() == {"at", "level", "process", "logger", "event", "command", "writes"}
    assert (event["event"], event["command"], event["writes"]) == ("job started", "flag", 3)
    assert event["at"].endswith("+00:00")
    assert (plain["logger"], plain["level"], plain["where"]) == ("somebody.else", "error",
                                                                 "<string>:8")  # fmt: skip
    assert "error" not in plain
    assert failed["error"] == "ValueError"
    assert failed["trace"] == ["<string>:12 <module>", "<string>:10 fails"]
    assert (warned["logger"], warned["level"]) == ("py.warnings", "warning")
    assert (ended["event"], ended["error"]) == ("thread ended", "ValueError")


def test_without_being_asked_for_nothing_changes(monkeypatch: pytest.MonkeyPatch):
    written = said(monkeypatch, "")
    assert f"Cannot read {WRITTEN}" in written
    assert "job started" not in written
