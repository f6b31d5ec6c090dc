"""Whatever the README shows is run, and whatever the command line takes is in the README."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from labelviz import cli
from labelviz.cli import kinds_of_commands, options_of
from labelviz.core.asked import entries
from labelviz.core.queue import Queue
from labelviz.requests import Request

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
# Options that `--help` explains well enough; filters of a queue stand in the row of `queue`.
PLAIN = ("replace", "folds")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def test_the_python_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "data" / "intents", tmp_path / "data" / "intents")
    for example in blocks("python"):
        exec(compile(example, "README.md", "exec"), {})  # noqa: S102 - our own README
    printed = capsys.readouterr().out
    assert "1500 accepted, 0 quarantined" in printed
    assert "(1500, 6)" in printed
    assert (tmp_path / "targets.csv").is_file()


def test_every_command_shown_is_one_the_program_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Request] = []
    monkeypatch.setattr(cli, "perform", lambda request, _: asked.append(request))
    shown = [line.split("#")[0] for line in blocks("")[1].splitlines() if line.strip()]
    assert len(shown) == 9
    for line in shown:
        if " serve " not in line:
            monkeypatch.setattr(sys, "argv", shlex.split(line))
            cli.main()
    assert [request.command for request in asked] == [
        "load", "predict", "flag", "targets", "export", "train", "train", "compare",
    ]  # fmt: skip


@pytest.mark.parametrize("command", [*kinds_of_commands(), "serve"])
def test_every_command_is_documented(command: str) -> None:
    assert any(f"`labelviz {command} {opening}" in README for opening in ("W", "["))


@pytest.mark.parametrize("name", kinds_of_commands())
def test_the_options_of_a_command_stand_in_its_row(name: str) -> None:
    (row,) = [line for line in README.splitlines() if line.startswith(f"| `labelviz {name} ")]
    filters = set() if name == "queue" else {each.option for each in entries(Queue)}
    for option in options_of(kinds_of_commands()[name]):
        if option.name not in {*PLAIN, *filters} and not option.field.about.place:
            assert f"--{option.name}" in row, option.name
