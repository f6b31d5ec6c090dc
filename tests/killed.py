"""Commands that are killed in the middle, and what is left of a workspace then.

The commands run in forks, so that a kill meets a command at work, not at its imports.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from labelviz.cli import FAILED
from labelviz.core.decisions import Decision
from labelviz.project.workspace import Workspace
from labelviz.store.backup import back_up
from labelviz.tables.columns import Columns
from tests import faults
from tests.forks import in_a_fork, started

# Every file that a command makes visible passes the first two.
POINTS = ("file-written", "file-placed", "set-by")
SAMPLES = 40
COLUMNS = ("--text", "text", "--label", "label", "--id", "id", "--split", "split")
SHARES = ("--soft", "t_no", "--soft", "t_yes", "--probability", "p_no", "--probability", "p_yes")
TRAINING = ("--epochs", "1", "--batch-size", "16", "--evaluations-per-epoch", "1")

# What a workspace says of itself: of each thing, something that changes with it.
State = dict[str, Any]


@dataclass(frozen=True)
class House:
    """A folder with all that the commands need, and a workspace in use as they find it.

    Parameters
    ----------
    folder : `space` is the workspace, `first.csv` what was loaded, `second.csv` another dataset,
        `tiny` a classifier.
    """

    folder: Path

    def command(self, name: str, space: Path) -> list[str]:
        """One of the commands that write, on a workspace."""
        first, second, tiny = (str(self.folder / n) for n in ("first.csv", "second.csv", "tiny"))
        rest: dict[str, Sequence[str]] = {
            "load": ("load", first, *COLUMNS, *SHARES),
            "load --replace": ("load", second, *COLUMNS, *SHARES, "--replace"),
            "predict": ("predict", "--model", tiny),
            "cross-validate": ("predict", "--cross-validate", "--folds", "2"),
            "flag": ("flag",),
            "targets": ("targets", "--policy", "smooth:off=0.1 + duplicates"),
            "export": ("export", str(space / "exports" / "out.csv")),
            "train": ("train", "--model", tiny, "--out", "run", *TRAINING),
            "store restore": ("store", "restore"),
        }
        words = rest[name]
        place = 2 if words[0] == "store" else 1
        return [*words[:place], str(space), *words[place:]]

    def start(self, name: str, space: Path) -> None:
        """Put a workspace where a command is to find one; `load` finds none."""
        if name != "load":
            shutil.copytree(self.folder / "space", space)
        if name == "store restore":  # so that the backup is all there is
            (space / "decisions.jsonl").unlink()


COMMANDS = (
    "load", "load --replace", "predict", "cross-validate", "flag", "targets", "export", "train",
    "store restore",
)  # fmt: skip


def build(folder: Path) -> House:
    """Make the folder; in a process of its own, because a model is made."""
    house = House(folder)
    in_a_fork(_build, folder)
    return house


def _build(folder: Path) -> None:
    from labelviz.models.scratch import Start, new_classifier

    for name, words in (("first", "film"), ("second", "book")):
        rng, lines = random.Random(name), ["id,text,label,split,t_no,t_yes,p_no,p_yes"]
        for n in range(SAMPLES):
            yes = n % 2
            text = " ".join((words, "good" if yes else "bad", *rng.choices("abcdefgh", k=4)))
            label = ("no", "yes")[yes if n % 7 else 1 - yes]
            split = ("train", "train", "validation", "test")[n // 2 % 4]
            shares = "0.25,0.75,0.1,0.9" if yes else "0.25,0.75,0.9,0.1"
            lines.append(f"{words[0]}{n},{text} {n},{label},{split},{shares}")
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")
    space = Workspace.create(folder / "space")
    columns = Columns(
        "text", "label", id="id", split="split", soft=("t_no", "t_yes"),
        probabilities=("p_no", "p_yes"),
    )  # fmt: skip
    space.load(folder / "first.csv", columns)
    space.flag()
    space.opinions.cross_validate(k=2)
    with closing(space.decisions.store):
        for n in range(6):
            space.decide(_choice(space, n))
        back_up(space.decisions.store.database, space.path)
        space.decide(_choice(space, 6))
        space.decisions.undo("ann")
        space.decide(_choice(space, 7))
        space.decisions.store.keeper.keep()
    texts = space.dataset.texts[0].tolist()
    new_classifier(folder / "tiny", texts, ("no", "yes"), Start(vocab_size=300, hidden=32))


def _choice(space: Workspace, row: int) -> Decision:
    sample = str(space.dataset.ids[row])
    return Decision(
        f"op{row}", sample, space.dataset.sample_hash(row), "choose", "ann", label=("yes",)
    )


# Kill


@dataclass(frozen=True)
class Killed:
    """What became of a command that was to be killed.

    Parameters
    ----------
    ended : whether it had ended before.
    """

    ended: bool
    seconds: float


def run(arguments: Sequence[str], *, fault: str = "", after: float | None = None) -> Killed:
    """Run a command, and kill it at a named point, or after so many seconds.

    Raises
    ------
    AssertionError : it ended by itself, and not well.
    """
    process, said = started(_command, list(arguments), fault)
    said.recv()
    began = time.monotonic()
    if after is not None:
        process.join(after)
        process.kill()
    process.join()
    seconds = time.monotonic() - began
    if process.exitcode == -signal.SIGKILL:
        return Killed(False, seconds)
    words = said.recv() if process.exitcode and said.poll() else ""
    assert process.exitcode == 0, f"{arguments} ended with {process.exitcode}: {words}"
    return Killed(True, seconds)


def refused(arguments: Sequence[str], *, fault: str = "") -> str:
    """What a command says that cannot be done; empty where it was done.

    Raises
    ------
    AssertionError : it ended in another way, with a traceback or a kill.
    """
    process, said = started(_command, list(arguments), fault)
    said.recv()
    process.join()
    words = str(said.recv()) if process.exitcode and said.poll() else ""
    assert process.exitcode in (0, FAILED), f"{arguments} ended with {process.exitcode}: {words}"
    return words


def _command(arguments: list[str], fault: str, tell: Connection) -> None:
    import torch

    from labelviz.cli import main

    torch.set_num_threads(1)
    faults.install()
    os.environ[faults.VARIABLE] = fault
    sys.argv = ["labelviz", *arguments]
    words = io.StringIO()
    tell.send("go")
    try:
        with redirect_stdout(words), redirect_stderr(words):
            main()
    except SystemExit as ended:
        if ended.code:
            tell.send(f"{arguments}: {words.getvalue()}")
        raise
    except BaseException:
        tell.send(f"{arguments}: {words.getvalue()}{traceback.format_exc()}")
        raise


# Look


def look(space: Path) -> State:
    """What a workspace holds, seen by a process that opens it anew."""
    return in_a_fork(_look, space)


def _look(path: Path) -> State:
    if not (path / "workspace.json").is_file() or not Workspace(path).data.loaded:
        return {}
    space = Workspace(path)
    with closing(space.decisions.store):
        targets, suspicion = space.targets(), space.suspicion
        exports = path / "exports"
        manifest = exports / "manifest.json"
        entries = json.loads(manifest.read_text())["labelviz_exports"] if manifest.exists() else {}
        files = sorted(each.name for each in exports.glob("[!.]*.csv"))
        return {
            "dataset": space.dataset.fingerprint,
            "original": _hash(repr(space.data.original.to_dict("list"))),
            "report": space.data.report.sha256,
            "columns": space.data.columns,
            "policy": str(space.goals.policy),
            "probabilities": {
                name: _hash(each.values.tobytes()) for name, each in space.opinions.every().items()
            },
            "in use": space.opinions.current,
            "flags": None if suspicion is None else _hash(suspicion.score.tobytes()),
            "targets": _hash(targets.values.tobytes() + targets.weight.tobytes()),
            "decisions": [(e.operation, e.verdict) for e in space.decisions.store.events()],
            "runs": [name for name in space.runs.names if space.runs.open(name).complete],
            "exports": [(name, _hash((exports / name).read_bytes())) for name in files],
            "entered": [entries[name]["sha256"] == _file(exports / name) for name in files],
        }


def _hash(content: str | bytes) -> str:
    data = content.encode() if isinstance(content, str) else content
    return hashlib.sha256(data).hexdigest()[:12]


def _file(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


ONCE = ("export", "train")  # commands that refuse to do again what they have done
# There is no backup; the workspace holds another dataset.
REPLACING = "load --replace"
NOT_AFTER = {"load": ("store restore",), REPLACING: ("load",)}


def try_all(house: House, space: Path, killed: str, commands: Sequence[str] = COMMANDS) -> None:
    """Run commands on what a kill left of a workspace: the killed one first, then others.

    Raises
    ------
    AssertionError : one of them did not work.
    """
    left_out = {*NOT_AFTER.get(killed, ())}
    if killed in ONCE:
        state = look(space)
        left_out |= {killed} if state["runs"] or state["exports"] else set()
    for name in dict.fromkeys((killed, *commands)):
        if name not in left_out:
            run(house.command(name, space))
        if name == REPLACING:
            left_out |= {*NOT_AFTER[REPLACING]}
