from __future__ import annotations

import csv
import re
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import pytest

from labelviz.cli import kinds_of_commands, main, options_of, request_of
from labelviz.core.settings import FINE_TUNING, TRAINING, FoldTraining, ModelUse
from labelviz.errors import ModelRefused, RequestRefused
from labelviz.project.findings import Findings
from labelviz.project.opinions import Opinions
from labelviz.project.runs import Runs
from labelviz.project.workspace import Workspace
from labelviz.requests import CrossValidate, FineTuneFolds, LogTraining, Predict, Train
from labelviz.store.schema import REVISION
from tests.conftest import OPINION, REVIEWS, assert_message, decision_of

Write = Callable[..., Path]
COMMANDS = {
    "load": "Load a file of labelled texts into a workspace;",
    "predict": "Get probabilities: from a model, by cross-validation, or from a file.",
    "use": "Choose which probabilities are in use.",
    "flag": "Flag labels that are likely wrong.",
    "map": "Lay all samples out as a map, like beside like.",
    "queue": "Print which samples a queue shows next.",
    "similar": "Print the samples most similar to one, with its label and with others.",
    "decide": "Decide on samples, in one step that one undo takes back.",
    "undo": "Undo a reviewer's latest step, or redo the one that was undone last.",
    "targets": "Choose the policy that turns labels into training targets.",
    "look": "Show how the target of one sample came about, layer by layer.",
    "differ": "Compare two sets of targets row by row.",
    "thresholds": "Choose from which probability on a class counts as there.",
    "export": "Export every original column with its target, and manifest.json beside it.",
    "mine": "Write new pairs of near records that would be worth a label, the most telling first.",
    "borders": "Print between which classes the model wavers, those first where most samples lie.",
    "train": "Fine-tune a model on the targets; the same command resumes an interrupted run.",
    "compare": "Compare two runs on the test split, as an experiment of one seed.",
    "effect": "Say what reviews changed between two runs, or two sets of targets, and what",
    "experiment": "Train on several sets of targets with several seeds,",
    "outcome": "Say what an experiment found, by the seeds that are done.",
    "rates": "Say how many labels are wrong, and what flags are worth, by samples that are known.",
    "agreement": "Say how far the reviewers agree beyond chance.",
    "rename": "Give a workspace, or one of its runs, another name.",
    "duplicate": "Copy a workspace with its decisions, or one of its runs, under another name.",
    "delete": "Delete a workspace with everything in it, or one of its runs, for good.",
    "demo": "Open the web page on a demo, made where it is not there yet.",
    "serve": "Open the web page.",
    "store": "Look after the decisions: check, back up, restore, copy, deal, give roles.",
}


@dataclass(frozen=True)
class Said:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def labelviz(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Said]:
    """Run a command as the shell would; its connections end with it, as its process would."""
    opened: list[Workspace] = []
    opens = Workspace.__init__

    def open_workspace(self: Workspace, path: Path) -> None:
        opened.append(self)
        opens(self, path)

    def run(*arguments: object) -> Said:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Workspace, "__init__", open_workspace)
            patched.setattr(sys, "argv", ["labelviz", *map(str, arguments)])
            code: object = 0
            try:
                main()
            except SystemExit as ended:
                code = ended.code
        while opened:
            each = opened.pop()
            if hasattr(each, "decisions"):
                each.decisions.store.close()
        return Said(code if isinstance(code, int) else 0, *capsys.readouterr())

    return run


@pytest.fixture
def project(tmp_path: Path, write: Write, labelviz: Callable[..., Said]) -> Path:
    """A workspace with six samples loaded on the command line."""
    path = tmp_path / "project"
    said = labelviz(
        "load", path, write(REVIEWS, "reviews.csv"), "--text", "text", "--label", "label",
        "--id", "id", "--slice", "source",
    )  # fmt: skip
    assert said.code == 0
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.bad_input("E06", "M13")
def test_no_error_commands_a_terminal(labelviz, tmp_path: Path):
    name = "\x1b[Ja\u202e.csv\nlabelviz: all is well"
    for line in (("load", tmp_path / "w", tmp_path / name), ("queue", name), ("queue", "w", name)):
        said = labelviz(*line)
        assert said.code == 2
        assert "⟨U+001B⟩[J" in said.err
        assert not {"\x1b", "\u202e"} & set(said.err)
        assert "\nlabelviz: all is well" not in said.err


# Help


@pytest.mark.parametrize("words", [(), ("--help",)])
def test_help_lists_every_command(labelviz, words: tuple[str, ...]):
    shown = labelviz(*words).out
    assert "Find wrong LLM labels, set soft targets, retrain, and prove whether it helped." in shown
    found = re.findall(r"^  ([a-z]+) +[A-Z]", shown, re.MULTILINE)
    assert found == list(COMMANDS)


@pytest.mark.parametrize(("command", "words"), COMMANDS.items())
def test_every_command_says_what_it_does(labelviz, monkeypatch, command: str, words: str):
    monkeypatch.setenv("COLUMNS", "200")
    said = labelviz(command, "--help")
    assert said.code == 0
    assert words in said.out


@pytest.mark.parametrize("command", kinds_of_commands())
def test_every_option_is_explained_with_its_range_and_default(labelviz, monkeypatch, command: str):
    monkeypatch.setenv("COLUMNS", "10000")
    lines = labelviz(*command.split(), "--help").out.splitlines()
    assert any(re.fullmatch(r"  WORKSPACE +The project's folder. \[required\]", x) for x in lines)
    for option in options_of(kinds_of_commands()[command]):
        place = option.field.about.place
        shown = option.name.replace("-", "_").upper() if place else f"--{option.name}"
        at = next(n for n, x in enumerate(lines) if re.match(rf"  {re.escape(shown)}\b(?!-)", x))
        line = lines[at] if option.help in lines[at] else lines[at + 1]
        assert option.help in line
        assert option.default in line
        assert all(each in line for each in option.field.about.choices) or "--no-" in line


@pytest.mark.parametrize("words", ["queue --show all", "targets --policy smooth:off=0.1"])
def test_it_makes_no_difference_whether_something_brought_pydantic(project: Path, words: str):
    """Cyclopts validates with it what is parsed, and what is not said, wherever it is there."""
    name, *options = words.split()
    with_it = "import pydantic; from labelviz.cli import main; main()"
    command = [sys.executable, "-c", with_it, name, str(project), *options]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_version_is_told(labelviz):
    said = labelviz("--version")
    assert (said.code, said.out.strip()) == (0, version("labelviz"))


@pytest.mark.parametrize("words", ["predict --help", "--help predict", "predict p --help"])
def test_help_may_stand_anywhere(labelviz, words: str):
    assert "--cross-validate" in labelviz(*words.split()).out


def test_an_option_that_says_no_is_none(labelviz, tmp_path: Path):
    said = labelviz("predict", tmp_path, "--model", "m", "--cross-validate=false")
    assert "is not a labelviz workspace" in said.err


def test_a_default_of_several_is_shown_as_it_is_typed(labelviz, monkeypatch):
    monkeypatch.setenv("COLUMNS", "10000")
    assert "[default: hard current]" in labelviz("experiment", "--help").out


def test_a_default_and_a_help_that_depend_are_said_with_what_they_depend_on(labelviz, monkeypatch):
    monkeypatch.setenv("COLUMNS", "10000")
    said = labelviz("predict", "--help").out
    assert "[default: 5, 3 with --fine-tune]" in said
    assert "A classifier: a folder or a hub id. With --cross-validate: An encoder" in said
    assert said.startswith("Usage: labelviz predict [OPTIONS] WORKSPACE\n\nGet probabilities")
    assert "Passes over the training samples; may be a fraction. [at least 0.01] [def" in said


# From a command line to a request


PREDICT, TRAIN = kinds_of_commands()["predict"], kinds_of_commands()["train"]


def test_the_options_say_which_kind_of_request_is_meant():
    assert request_of(PREDICT, {"model": "m"}) == Predict(model="m")
    by_folds = {"cross-validate": True, "model": "m"}
    assert request_of(PREDICT, by_folds) == CrossValidate(encoder="m")
    assert request_of(PREDICT, {**by_folds, "fine-tune": True}) == FineTuneFolds(model="m")
    named = {"model": "m", "out": "r"}
    assert request_of(TRAIN, named) == Train(model="m", run_name="r")
    logged = LogTraining(model="m", log_name="r")
    assert request_of(TRAIN, {**named, "threshold-class": True}) == logged


@pytest.mark.parametrize(
    ("given", "what", "where", "remedy"),
    [
        ({"model": "m", "folds": 2}, "--folds does not go with --model.", "--folds",
         "Leave one of them out, or add --cross-validate."),
        ({"cross-validate": True, "from": "f"}, "--from does not go with --cross-validate.",
         "--from", "Leave one of them out."),
        ({}, "`labelviz predict` was not told what to do.", "",
         "Give one of --model, --from, --cross-validate, --calibrate."),
        ({"cross-validate": True, "folds": 1}, "The folds cannot be 1.", "--folds",
         "Give a number of at least 2."),
        ({"cross-validate": True, "fine-tune": True}, "The model is missing.", "--model",
         "An encoder, or a classifier"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused_with_the_option(given, what, where, remedy):
    with pytest.raises(RequestRefused) as refused:
        request_of(PREDICT, given)
    assert_message(refused.value, what, where, "Nothing was begun.", remedy)


def test_an_option_of_a_kind_that_nothing_chose_names_what_chooses_it():
    with pytest.raises(RequestRefused) as refused:
        request_of(kinds_of_commands()["export"], {"model": "m"})
    assert_message(
        refused.value, "--model goes with --with-training alone.", "--model",
        remedy="Leave it out, or add --with-training.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("load", "p", "f", "--lable", "x"), "Unknown option: --lable. Did you mean --label?"),
        (("predict", "p", "--cross-validate", "--folds", "many"), "--folds"),
        (("predict", "p", "--cross-validate", "--folds", "1"), "Where: --folds"),
        (("train", "p", "--model", "m", "--out", "r", "--epochs", "0"), "Where: --epochs"),
        (("train", "p", "--model", "m"), "Where: --out"),
        (("train", "p", "--model", "m", "--out", "r", "--targets", "soft"), "--targets"),
        (("compare", "p", "a"), "RUN_B"),
        (("lode", "p"), 'Did you mean "load"?'),
        (("agreement", "p", "q"), "There is no place for “q”."),
    ],
)
def test_a_slip_is_named_and_ends_with_exit_code_2(labelviz, words, said):
    done = labelviz(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("labelviz: ")
    assert said in done.err


# Load


def test_of_what_torchrun_starts_only_a_training_is_done_together(
    project: Path, labelviz, monkeypatch: pytest.MonkeyPatch
):
    for name, value in (("WORLD_SIZE", "2"), ("RANK", "1"), ("MASTER_ADDR", "localhost")):
        monkeypatch.setenv(name, value)
    said = labelviz("flag", project)
    assert said.code == 2
    assert "`labelviz flag` is not done by several processes together." in said.err
    assert "Next: Start it without torchrun" in said.err


def test_load_accounts_for_every_row(tmp_path: Path, write: Write, labelviz):
    content = "id,text,label\n1,good,yes\n2,bad,no\n\n3,dull,\n4,odd\n5,,yes\n"
    said = labelviz(
        "load", tmp_path / "p", write(content), "--text", "text", "--label", "label", "--id", "id"
    )
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        "6 rows in = 3 accepted + 2 quarantined + 1 blank",
        "task: binary (the label column holds two values: no, yes)",
        "         1  no",
        "         2  yes",
        "too few samples to judge: no, yes",
        "note: 1 samples have an empty text, e.g. 5",
        "quarantined: 1 x no label, first on line 5",
        "quarantined: 1 x 2 fields, expected 3, first on line 6",
        f"All quarantined rows: {tmp_path / 'p' / 'data/1/quarantine.csv'}",
    ]
    assert [row["line"] for row in rows_of(tmp_path / "p" / "data/1/quarantine.csv")] == ["5", "6"]


def test_load_guesses_what_it_is_not_told_and_says_so(tmp_path: Path, write: Write, labelviz):
    file = write(REVIEWS, "reviews.csv")
    said = labelviz("load", tmp_path / "p", file, "--class", "yes", "--class", "no")
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[:7] == [
        "columns, guessed:",
        "  text: text (by its name)",
        "  label: label (by its name and its cells)",
        "  id: id (every row has a value of its own)",
        "  classes: yes, no",
        "  slices: source (few different values that may tell kinds of samples apart)",
        "6 rows in = 6 accepted + 0 quarantined + 0 blank",
    ]
    assert Workspace(tmp_path / "p").dataset.classes == ("yes", "no")


def test_load_remembers_what_it_was_told(tmp_path: Path, write: Write, labelviz):
    first = write("a,b,c\nt,x,no\nu,y,yes\n", "first.csv")
    labelviz("load", tmp_path / "p", first, "--text", "b", "--label", "c", "--as", "no=nein")
    second = write("c,b,a\nno,z,v\nyes,w,w\n", "second.csv")
    said = labelviz("load", tmp_path / "q", second)
    assert said.out.splitlines()[:5] == [
        "columns as in the last file like this:",
        "  text: b",
        "  label: c",
        "  id: made from the texts",
        "  spellings: 'no' as 'nein'",
    ]
    data = Workspace(tmp_path / "q").dataset
    assert (data.texts[0].tolist(), data.classes) == (["z", "w"], ("nein", "yes"))


@pytest.mark.bad_input("D03", "D04")
def test_what_has_to_be_decided_is_asked_with_the_flags_to_say(tmp_path, write: Write, labelviz):
    file = write("text,label\nt,Positive\nu,positive\nv,negative\nw,positive\n")
    asked = ("load", tmp_path / "p", file, "--text", "text", "--label", "label")
    refused = labelviz(*asked)
    assert refused.code == 2
    assert "Next: Say --as Positive=positive, or name all classes" in refused.err
    assert not (tmp_path / "p").exists()
    assert labelviz(*asked, "--as", "Positive=positive").code == 0
    assert Workspace(tmp_path / "p").dataset.given.tolist() == [1, 1, 0, 1]
    assert labelviz(*asked, "--as", "nothing").code == 2


def test_load_passes_on_every_option(tmp_path: Path, write: Write, labelviz):
    content = """a,b,y,o,c,g,s,p,k,v1,v0,n,w,t1,t0,p1,p0
x,y,1,0,0.5,g1,web,train,k1,1,2,3,0.5,0.5,0.5,1,0
u,v,0,1,1,g2,app,test,k2,3,0,3,0,1,0,0,1
"""
    labelviz(
        "load", tmp_path / "p", write(content), "--text", "a", "--text-b", "b", "--label", "y",
        "--annotator", "o", "--confidence", "c", "--group", "g", "--slice", "s", "--split", "p",
        "--id", "k", "--class", "1", "--class", "0", "--task", "multiclass", "--votes", "v1",
        "--votes", "v0", "--voters", "n", "--weight", "w", "--soft", "t1", "--soft", "t0",
        "--missing", "NA", "--none", "-", "--separator", ";", "--exact-ids", "--probability", "p1",
        "--probability", "p0",
    )  # fmt: skip
    columns = Workspace(tmp_path / "p").data.columns
    assert (columns.votes, columns.voters, columns.soft) == (("v1", "v0"), "n", ("t1", "t0"))
    assert (columns.missing, columns.none, columns.separator) == (("NA",), ("-",), ";")
    assert (columns.exact_ids, columns.probabilities) == (True, ("p1", "p0"))
    data = Workspace(tmp_path / "p").dataset
    assert (data.task, data.classes, data.is_pair) == ("multiclass", ("1", "0"), True)
    assert data.ids.tolist() == ["k1", "k2"]
    assert list(data.annotators) == ["o"]
    assert list(data.slices) == ["s"]
    assert data.weight is not None
    assert data.weight.tolist() == [0.5, 0]
    assert data.confidence is not None
    assert data.group is not None
    assert data.split is not None


@pytest.mark.bad_input("A01", "A13", "A33", "A34", "B16", "D06")
@pytest.mark.parametrize(
    ("content", "label", "what"),
    [
        (b"", "label", "data.csv is empty (0 bytes)."),
        (b"PK\x03\x04rest", "label", "data.csv is named .csv but its content is"),
        (REVIEWS.encode(), "gold", "There is no column 'gold'."),
        (b"text,label\nx,\n", "label", "All 1 rows were set aside"),
        (None, "label", "There is no file data.csv."),
    ],
)
def test_a_load_that_is_refused_leaves_no_folder(tmp_path, labelviz, content, label, what):
    file = tmp_path / "data.csv"
    if content is not None:
        file.write_bytes(content)
    said = labelviz("load", tmp_path / "new", file, "--text", "text", "--label", label)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"labelviz: {what}")
    assert "\nWhere: " in said.err
    assert "\nNothing was changed." in said.err
    assert "\nNext: " in said.err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("content", "name", "offered", "flags"),
    [
        pytest.param(
            "text,label\n你好,a\n世界,b\n".encode("gb18030"), "d.csv",
            "  --encoding gb18030\n      你好,a\n", ["--encoding", "gb18030"],
            marks=pytest.mark.bad_input("A08"),
        ),
        pytest.param(
            b"text\tlabel;x\nm;n\ta\no\tb;c\n", "d.csv",
            "  --delimiter tab\n      text ¦ label;x\n", ["--delimiter", "tab"],
            marks=pytest.mark.bad_input("B02"),
        ),
        pytest.param(
            b"1,a\n2,b\n3,a\n4,b\n", "d.csv", "  --no-header\n      column 1 ¦ column 2\n",
            ["--no-header"], marks=pytest.mark.bad_input("B11"),
        ),
        pytest.param(
            b"text,label,x,x\nm,a,1,2\nn,b,3,4\n", "d.csv", "  --names rename\n",
            ["--names", "rename"], marks=pytest.mark.bad_input("B12"),
        ),
        pytest.param(
            b"#by me\ntext,label\nm,a\nn,b\n", "d.csv", "  --comment '#'\n      text,label\n",
            ["--comment", "#"], marks=pytest.mark.bad_input("B19"),
        ),
    ],
)  # fmt: skip
def test_a_question_shows_the_option_that_answers_it(
    tmp_path, labelviz, write: Write, content: bytes, name: str, offered: str, flags: list[str]
):
    text, label = ("column 2", "column 2") if "--no-header" in flags else ("text", "label")
    label = "label;x" if "tab" in flags else label
    command = ("load", tmp_path / "p", write(content, name), "--text", text, "--label", label)
    said = labelviz(*command)
    assert (said.code, said.out) == (2, "")
    assert offered in said.err
    assert labelviz(*command, *flags).code == 0


def test_a_line_can_be_set_aside(tmp_path, labelviz, write: Write):
    file = write("text,label\n(words),(name)\nm,a\nn,b\n")
    said = labelviz(
        "load", tmp_path / "p", file, "--text", "text", "--label", "label", "--skip-line", 2
    )
    assert "quarantined: 1 x set aside as asked, first on line 2" in said.out


def test_what_was_found_out_is_printed(tmp_path, labelviz, write: Write):
    file = write("\ufefftext;label\nm;a\nn;b\n")
    said = labelviz("load", tmp_path / "p", file, "--text", "text", "--label", "label")
    assert "note: 1 file was split at ';'\n" in said.out
    assert "note: 1 byte-order mark was removed from the start of the file\n" in said.out


def test_another_dataset_needs_replace(project: Path, write: Write, labelviz):
    other = write("text,label\nx,a\ny,b\n", "other.csv")
    asked = ("load", project, other, "--text", "text", "--label", "label")
    refused = labelviz(*asked)
    assert refused.code == 2
    assert "have the dataset replaced (on the command line --replace)" in refused.err
    assert labelviz(*asked, "--replace").code == 0
    assert Workspace(project).dataset.classes == ("a", "b")


def test_a_load_into_somebody_elses_folder_is_refused(tmp_path: Path, write: Write, labelviz):
    file = write(REVIEWS)
    said = labelviz("load", tmp_path, file, "--text", "text", "--label", "label")
    assert said.code == 2
    assert "exists and is not a labelviz workspace" in said.err
    assert [each.name for each in tmp_path.iterdir()] == ["data.csv"]


# Predict, flag, targets, export


def test_the_steps_from_labels_to_targets(project: Path, write: Write, labelviz, tmp_path: Path):
    said = labelviz("predict", project, "--from", write(OPINION, "opinion.csv"))
    assert said.out == "opinion: unknown probabilities from opinion.csv\n"
    said = labelviz("flag", project, "--out", tmp_path / "issues.csv")
    lines = said.out.splitlines()
    assert lines[:2] == [
        "2 of 6 labels are flagged (33.3%); 2 have a suspicion of 0.9 or more",
        "checked by: model, slices, on opinion",
    ]
    assert "not checked: annotators. Nobody else labelled these samples." in lines
    assert "not checked: neighbours. Fewer than 11 samples have a label." in lines
    assert lines[-1] == f"wrote {tmp_path / 'issues.csv'}"
    issues = rows_of(tmp_path / "issues.csv")
    assert issues[0] == {
        "id": "3", "given": "yes", "suggested": "no", "suspicion": "0.9", "flagged": "yes",
        "reasons": "The model gives “no” 0.90 and the given label “yes” 0.10.",
    }  # fmt: skip
    assert [row["flagged"] for row in issues] == ["yes", "yes", "no", "no", "no", "no"]
    suspicion = [float(row["suspicion"]) for row in issues]
    assert suspicion == sorted(suspicion, reverse=True)
    said = labelviz("targets", project, "--policy", "smooth:off=0.1")
    assert said.out.splitlines() == ["policy: smooth:off=0.1", "         6  policy"]
    said = labelviz("export", project, tmp_path / "targets.csv")
    assert said.out == f"wrote {tmp_path / 'targets.csv'} (6 rows) and manifest.json\n"
    exported = rows_of(tmp_path / "targets.csv")
    assert [row["target_yes"] for row in exported] == ["0.9", "0.1", "0.9", "0.9", "0.9", "0.1"]


def test_a_training_log_from_elsewhere_is_kept_and_judged_by(project: Path, write: Write, labelviz):
    labelviz("predict", project, "--from", write(OPINION, "opinion.csv"))
    rows = [
        f"{each},{t},{1 - t},{3 * t}" for each in ("007", "2", "3", "4", "5", "6") for t in (0, 1)
    ]
    log = write("\n".join(["id,epoch,no,yes", *rows]), "log.csv")
    said = labelviz("flag", project, "--training-log", log)
    assert said.out.splitlines()[:2] == [
        "training log: 2 checkpoints of 6 of 6 samples", "  from log.csv",
    ]  # fmt: skip
    again = labelviz("flag", project, "--detector", "training dynamics")
    assert "checked by: training dynamics, on opinion" in again.out
    refused = labelviz("flag", project, "--training-log", write("id,epoch,no,yes\n9,0,1,2\n"))
    assert (refused.code, "belong to no sample" in refused.err) == (2, True)


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--model", "m", "--from", "f.csv"],
        ["--cross-validate", "--from", "f.csv"],
        ["--cross-validate", "--model", "m", "--from", "f.csv"],
    ],
)
def test_predict_needs_one_source(project: Path, labelviz, options):
    said = labelviz("predict", project, *options)
    assert said.code == 2
    assert "Nothing was begun." in said.err
    assert not options or "--from does not go with " in said.err


LOW = ("--precision", "bfloat16", "--max-tokens", 99)


@pytest.mark.parametrize(
    ("method", "command", "expected"),
    [
        ((Opinions, "predict"), ("predict", "--model", "m"), ModelUse()),
        ((Opinions, "predict"), ("predict", "--model", "m", *LOW), ModelUse("bfloat16", 99)),
        (
            (Opinions, "cross_validate"),
            ("predict", "--cross-validate", *LOW),
            ModelUse("bfloat16", 99),
        ),
        ((Findings, "flag"), ("flag", "--encoder", "m", *LOW), ModelUse("bfloat16", 99)),
        ((Runs, "train"), ("train", "--model", "m", "--out", "r"), TRAINING),
        (
            (Runs, "train"),
            ("train", "--model", "m", "--out", "r", *LOW),
            replace(TRAINING, precision="bfloat16", max_tokens=99),
        ),
        (
            (Opinions, "fine_tune_folds"),
            ("predict", "--cross-validate", "--fine-tune", "--model", "m"),
            FoldTraining(),
        ),
        (
            (Opinions, "fine_tune_folds"),
            ("predict", "--cross-validate", "--fine-tune", "--model", "m", *LOW),
            FoldTraining(settings=replace(FINE_TUNING, precision="bfloat16", max_tokens=99)),
        ),
    ],
)
def test_what_is_asked_of_a_model_reaches_it(
    project: Path, labelviz, monkeypatch: pytest.MonkeyPatch, method, command, expected
):
    asked: list[object] = []

    def stop(_, *arguments, **more):
        asked.extend([*arguments, *more.values()])
        raise ModelRefused("It stopped.", remedy="Go on.")

    monkeypatch.setattr(*method, stop)
    name, *options = command
    assert labelviz(name, project, *options).code == 2
    assert expected in asked


def test_a_precision_that_is_none_is_refused(project: Path, labelviz):
    said = labelviz("predict", project, "--model", "m", "--precision", "float16")
    assert said.code == 2
    assert '--precision. Choose from: "auto", "float32", "bfloat16".' in said.err


def test_calibration_follows_a_prediction_or_stands_alone(project: Path, write: Write, labelviz):
    labelviz("predict", project, "--from", write(OPINION, "opinion.csv"))
    said = labelviz("predict", project, "--calibrate")
    assert said.code == 2
    assert "A temperature needs at least 50 given labels" in said.err
    rows = [f"{row},text number {row},{'no' if row % 2 else 'yes'}" for row in range(60)]
    data = write("\n".join(["id,text,label", *rows]), "sixty.csv")
    labelviz("load", project.parent / "sixty", data)
    said = labelviz("predict", project.parent / "sixty", "--cross-validate", "--calibrate")
    assert said.code == 0
    assert said.out.startswith("cross-validation-calibrated: out-of-fold probabilities")
    assert "calibrated with temperatures from" in said.out


@pytest.mark.bad_input("F01", "F04", "F09", "F13")
@pytest.mark.parametrize(
    ("content", "what"),
    [
        (OPINION.replace("yes", "maybe"), "No column holds the probabilities of class 'yes'."),
        (OPINION.replace("2,0.8,0.2\n", ""), "5 of 6 ids match"),
        (OPINION.replace("0.8,0.2", "0.8,nan"), "1 rows are no probabilities"),
        (OPINION.replace("0.8,0.2", "0.8,0.4"), "rows are no probabilities"),
        (OPINION.replace("0.8,0.2", "0.8,high"), "'high' is not a number."),
    ],
)
def test_probabilities_that_are_refused(project: Path, write: Write, labelviz, content, what):
    said = labelviz("predict", project, "--from", write(content, "opinion.csv"))
    assert said.code == 2
    assert said.err.startswith(f"labelviz: {what}") or what in said.err.splitlines()[0]
    assert "Nothing was changed." in said.err
    assert Workspace(project).opinions.current is None


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["flag", "{project}"], "There are no probabilities for this dataset yet."),
        (["flag", "{nowhere}"], "nowhere is not a labelviz workspace."),
        (["predict", "{nowhere}", "--from", "x.csv"], "nowhere is not a labelviz workspace."),
        (["export", "{nowhere}", "x.csv"], "nowhere is not a labelviz workspace."),
        (["serve", "{nowhere}"], "nowhere is not a labelviz workspace."),
        (["predict", "{project}", "--from", "gone.csv"], "There is no file gone.csv."),
        (["targets", "{project}", "--policy", "soft"], "There is no layer 'soft'."),
        (
            ["targets", "{project}", "--policy", "dynamic"],
            "This policy needs a model's probabilities.",
        ),
    ],
)
def test_what_a_person_can_put_right_is_said_without_a_traceback(
    project: Path, tmp_path: Path, labelviz, arguments, what
):
    places = {"project": project, "nowhere": tmp_path / "nowhere"}
    said = labelviz(*(each.format(**places) for each in arguments))
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"labelviz: {what}\n")
    assert "\nNext: " in said.err


@pytest.mark.bad_input("J03")
@pytest.mark.parametrize("command", ["export", "flag"])
def test_a_file_that_exists_is_never_overwritten(
    project: Path, write: Write, labelviz, command: str
):
    labelviz("predict", project, "--from", write(OPINION, "opinion.csv"))
    mine = write("mine", "mine.csv")
    said = labelviz(command, project, *(["--out"] if command == "flag" else []), mine)
    assert said.code == 2
    assert "labelviz: mine.csv exists already." in said.err
    assert "It was left as it is." in said.err
    assert mine.read_text() == "mine"


@pytest.mark.bad_input("J03")
def test_a_manifest_of_something_else_is_left_alone(project: Path, tmp_path: Path, labelviz):
    (tmp_path / "manifest.json").write_text('{"name": "web app"}')
    said = labelviz("export", project, tmp_path / "targets.csv")
    assert said.code == 2
    assert "manifest.json that labelviz did not write" in said.err
    assert not (tmp_path / "targets.csv").exists()


@pytest.mark.bad_input("H23")
def test_the_system_s_temporary_folder_may_be_full(
    tmp_path: Path, write: Write, labelviz: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
):
    """It is as good as full when it is not there."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "full"))
    path, file = tmp_path / "project", write(REVIEWS, "reviews.csv")
    for arguments in (
        ["load", path, file, "--text", "text", "--label", "label", "--id", "id"],
        ["predict", path, "--cross-validate", "--folds", 2],
        ["flag", path],
        ["targets", path, "--policy", "smooth:off=0.1"],
        ["export", path, tmp_path / "targets.csv"],
        ["store", "backup", path],
        ["store", "restore", path],
    ):
        said = labelviz(*arguments)
        assert said.code == 0, said.err


@pytest.mark.bad_input("E17")
def test_what_pages_run_as_jobs_prints_no_text_so_none_is_in_their_log(
    tmp_path: Path, write: Write, labelviz: Callable[..., Said]
):
    """The report of `load` shows three examples of a note, to whoever asked for it."""
    private = "born in 4711"
    rows = [f"{n},{private} good{n % 3},{'yes' if n % 2 else 'no'}" for n in range(12)]
    rows += [f"12,{private},yes,one field too many", f"13,{private},", f",{private},no"]
    file = write("id,text,label\n" + "\n".join(rows) + "\n")
    path = tmp_path / "project"
    load = ["load", path, file, "--text", "text", "--label", "label", "--id"]
    assert labelviz(*load, "id").code == 0
    for arguments, code in (
        ([*load, "nothing"], 2),
        (["predict", path, "--cross-validate", "--folds", 2], 0),
        (["flag", path], 0),
        (["export", path, tmp_path / "targets.csv"], 0),
        (["export", path, tmp_path / "targets.csv"], 2),
        (["store", "check", path], 0),
    ):
        said = labelviz(*arguments)
        assert said.code == code, said.err
        assert private not in said.out + said.err
    assert private in (path / "data/1/quarantine.csv").read_text("utf-8")


@pytest.mark.bad_input("B10", "B05")
def test_a_very_long_text_with_line_breaks_goes_in_and_comes_out(tmp_path: Path, write: Write):
    long = "line\n" * 40_000
    file = write(f'id,text,label\n1,"{long}",a\n2,short,b\n')
    for arguments in (
        ["load", tmp_path / "p", file, "--text", "text", "--label", "label", "--id", "id"],
        ["export", tmp_path / "p", tmp_path / "targets.csv"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "labelviz.cli", *map(str, arguments)],
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")
    csv.field_size_limit(10_000_000)
    assert rows_of(tmp_path / "targets.csv")[0]["text"] == long


def test_the_shell_sees_exit_code_2_and_one_message(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "labelviz.cli", "flag", str(tmp_path)],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0] == f"labelviz: {tmp_path.name} is not a labelviz workspace."
    assert "Traceback" not in done.stderr


# Looking after the decisions


def decided(project: Path, *samples: str) -> Workspace:
    space = Workspace(project)
    for sample in samples:
        space.decide(decision_of(sample, sample, "exclude"))
    space.decisions.store.close()
    return space


@pytest.mark.bad_input("H14")
def test_the_store_is_backed_up_checked_migrated_and_restored(labelviz, project: Path):
    decided(project, "2", "3")
    said = labelviz("store", "backup", project)
    assert "verified" in said.out
    assert "2 decisions" in said.out
    assert labelviz("store", "backup", project, "--list").out in said.out
    said = labelviz("store", "check", project)
    assert said.code == 0
    assert "sound      decisions: 2 events, numbered without a gap" in said.out
    assert f"schema {REVISION}, 0 old rows set aside" in labelviz("store", "migrate", project).out
    (project / "review.db").write_bytes(b"not a database" * 500)
    said = labelviz("store", "check", project)
    assert said.code == 2
    assert "not a database" in said.err
    said = labelviz("store", "restore", project)
    assert "0 later decisions from the journal" in said.out
    assert "what was there before" in said.out
    assert len(Workspace(project).decisions.store.events()) == 2


def test_samples_are_dealt_to_reviewers(labelviz, project: Path):
    said = labelviz("store", "assign", project, "--to", "ann", "--to", "bob", "--show", "all")
    size = len(Workspace(project).dataset)
    assert f"1 person per sample; {size} samples dealt" in said.out
    assert f"{size - size // 2:>8}  ann" in said.out
    said = labelviz("store", "assign", project, "--overlap", "2")
    assert said.out == "2 people per sample, anybody\n"
    assert Workspace(project).queues.overlap == 2
    assert "--show. Choose from" in labelviz("store", "assign", project, "--show", "some").err


def test_an_unsound_store_is_told_by_the_exit_status(labelviz, project: Path):
    decided(project, "2")
    with closing(sqlite3.connect(project / "review.db")) as connection:
        connection.execute("DELETE FROM standing")
        connection.commit()
    said = labelviz("store", "check", project)
    assert said.code == 2
    assert "NOT SOUND  what stands" in said.out
    assert "labelviz store restore" in said.err


@pytest.mark.bad_input("N07")
def test_the_store_is_copied_to_another_database(labelviz, project: Path, tmp_path: Path):
    decided(project, "2", "3")
    url = f"sqlite:///{tmp_path}/other.db"
    said = labelviz("store", "copy", project, url)
    counts = {line.split()[0]: line.split()[1] for line in said.out.splitlines()[1:-1]}
    assert (counts["event"], counts["standing"], counts["draft"]) == ("2", "2", "0")
    assert url in said.out
    refused = labelviz("store", "copy", project, "mysql://host/x")
    assert refused.code == 2
    assert "no URL" in refused.err


def test_how_many_are_wrong_is_said_once_random_samples_were_reviewed(
    labelviz, tmp_path: Path, write: Write
):
    rows = "".join(f"{n},text {n},{'ab'[n % 2]},{'xy'[n % 3 == 0]}\n" for n in range(60))
    data = write(f"id,text,label,place\n{rows}")
    project = tmp_path / "many"
    labelviz("load", project, data, "--text", "text", "--label", "label", "--id", "id",
             "--slice", "place")  # fmt: skip
    said = labelviz("rates", project).out
    assert said.startswith("0 random samples reviewed, 0 of them wrong\nHow many labels are wrong")
    assert "labelviz queue WORKSPACE --show unreviewed --sort random" in said
    for verdict, count in ((("choose", "--label", "b"), 4), (("keep",), 36)):
        labelviz("decide", project, *verdict, "--by", "ann", "--show", "unreviewed",
                 "--sort", "random", "--at-most", count)  # fmt: skip
    space = Workspace(project)
    drawn, rates = space.decisions.drawn, space.findings.error_rates()
    lines = labelviz("rates", project).out.splitlines()
    assert lines[0] == f"40 random samples reviewed, {drawn.wrong} of them wrong"
    assert lines[1].split()[:5] == [str(drawn.low), "to", str(drawn.high), "of", "60"]
    assert lines[2] == f"left: {drawn.left[0]} to {drawn.left[1]} of 20 that nobody reviewed"
    assert lines[3] == "by given label:"
    assert [line.split()[-1] for line in lines[4:6]] == ["a", "b"]
    assert lines[6] == "by place:"
    assert {line.split()[-1] for line in lines[7:]} == {each.of for each in rates.by_slice["place"]}


@pytest.mark.bad_input("I01")
def test_how_far_two_people_agree(labelviz, project: Path):
    space = Workspace(project)
    for sample, ann, bob in (("2", "no", "no"), ("3", "no", "yes"), ("4", "yes", "yes")):
        for who, label in (("ann", ann), ("bob", bob)):
            made = decision_of(f"{who}{sample}", sample, "choose", label=(label,), reviewer=who)
            space.decide(made)
    space.decisions.store.close()
    said = labelviz("agreement", project).out
    assert "3 answers by two or more people, Krippendorff's alpha 0.444" in said
    assert "ann and bob: 3 answers, kappa 0.400" in said
    pools = "people:disputed=pooled"
    assert "policy: people:" in labelviz("targets", project, "--policy", pools).out
    space = Workspace(project)
    assert space.targets().values[space.dataset.rows["3"]].tolist() == [0.5, 0.5]
    assert space.goals.target_row(space.dataset.rows["3"]).tolist() == [0.5, 0.5]
    labelviz("targets", project, "--policy", "hard")
    assert Workspace(project).targets().values[space.dataset.rows["3"]].tolist() == [0.0, 1.0]


@pytest.mark.bad_input("D17")
def test_a_renamed_class_keeps_its_decisions_when_a_newer_file_is_loaded(
    labelviz, write: Write, tmp_path: Path
):
    space = tmp_path / "space"
    rows = [(str(n), f"what was said in message {n}", "yn"[n % 2]) for n in range(8)]
    names = {"y": "yes", "n": "no"}

    def file(name: str, words: dict[str, str]) -> Path:
        body = "".join(f"{at},{text},{words[label]}\n" for at, text, label in rows)
        return write(f"id,text,label\n{body}", name)

    asked = ["--text", "text", "--label", "label", "--id", "id"]
    assert labelviz("load", space, file("old.csv", names), *asked).code == 0
    decided = labelviz("decide", space, "choose", "--by", "ann", "--sample", "1", "--label", "yes")
    assert decided.code == 0, decided.err
    newer = file("new.csv", {"y": "agrees", "n": "no"})
    said = labelviz("load", space, newer, *asked)
    assert said.code != 0
    assert "--as agrees=yes" in said.err
    assert Workspace(space).dataset.classes == ("no", "yes")
    told = labelviz("load", space, newer, *asked, "--as", "agrees=yes", "--replace")
    assert told.code == 0, told.err
    after = Workspace(space)
    assert after.dataset.classes == ("no", "yes")
    assert after.review.status(1) == "corrected"
    assert [each.label for each in after.decisions.store.latest(["1"])["1"]] == [("yes",)]


@pytest.mark.bad_input("K09")
def test_a_class_that_cannot_be_learned_is_said_before_training(labelviz, write: Write, tmp_path):
    rows = "".join(f"{n},text {n},{'yn'[n % 2]},{('test', 'train')[n % 2]}\n" for n in range(8))
    space = tmp_path / "space"
    labelviz("load", space, write(f"id,text,label,split\n{rows}"))
    said = labelviz("train", space, "--model", tmp_path / "none", "--out", "r")
    assert said.code != 0
    assert said.err.startswith("no training sample has class y (4 test samples have it)")
