"""Whatever the README shows is run, and whatever the command line takes is in the README."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
import typer.main

from labelviz import cli

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
PLAIN = ("help", "replace", "folds")
"""Options that `--help` explains well enough."""
COMMANDS: Any = typer.main.get_command(cli.app)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def test_the_python_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "data" / "intents", tmp_path / "data" / "intents")
    (example,) = blocks("python")
    exec(compile(example, "README.md", "exec"), {})  # noqa: S102 - our own README
    printed = capsys.readouterr().out
    assert "1500 accepted, 0 quarantined" in printed
    assert "(1500, 6)" in printed
    assert (tmp_path / "targets.csv").is_file()


def test_every_command_shown_is_one_the_program_takes() -> None:
    shown = [line.split("#")[0] for line in blocks("")[1].splitlines() if line.strip()]
    assert len(shown) == 9
    for line in shown:
        _, name, *arguments = shlex.split(line)
        command = COMMANDS.commands[name]
        context = command.make_context(name, arguments, resilient_parsing=False)
        assert context.params


def test_every_command_and_option_is_documented() -> None:
    for name in COMMANDS.commands:
        assert f"`labelviz {name} " in README, name


@pytest.mark.parametrize("name", ["load", "predict", "compare", "flag"])
def test_the_options_of_a_command_stand_in_its_row(name: str) -> None:
    (row,) = [line for line in README.splitlines() if line.startswith(f"| `labelviz {name} ")]
    for parameter in COMMANDS.commands[name].params:
        if parameter.param_type_name == "option" and parameter.name not in PLAIN:
            assert any(option in row for option in parameter.opts), parameter.opts
