"""Every request, by every way it can be asked for."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest

import labelviz
from labelviz import cli
from labelviz.core.asked import entries, filled, flat, said
from labelviz.core.queue import Queue
from labelviz.core.settings import FlagLine, FoldTraining, ModelUse, TrainSettings
from labelviz.errors import RequestRefused, WorkspaceRefused
from labelviz.printing import tell
from labelviz.project.workspace import Workspace
from labelviz.requests import (
    ALL,
    KINDS,
    Assign,
    BackUp,
    Calibrate,
    CheckStore,
    Compare,
    CompareTargets,
    CopyStore,
    CrossValidate,
    Decide,
    Delete,
    Duplicate,
    Export,
    ExportToTrain,
    FineTuneFolds,
    Flag,
    GiveRoles,
    LayOut,
    Load,
    LogTraining,
    LookThrough,
    MeasureAgreement,
    MeasureErrors,
    MeasureReviews,
    Migrate,
    MinePairs,
    Predict,
    PredictFromFile,
    ReadExperiment,
    Rename,
    Request,
    Restore,
    RunExperiment,
    SetPolicy,
    SetThresholds,
    ShowBorders,
    ShowQueue,
    ShowSimilar,
    TakeBack,
    TakeOver,
    Train,
    TryTargets,
    UseProbabilities,
    from_json,
)
from labelviz.tables.columns import Columns
from labelviz.tables.options import Reading, ReadOptions
from tests.conftest import assert_message

ROOT = Path(labelviz.__file__).parent
SETTINGS = {
    "epochs": 0.5, "learning_rate": 0.001, "batch_size": 3, "accumulation": 2, "warmup": 0.5,
    "weight_decay": 0.1, "max_grad_norm": 2.0, "seed": 7, "evaluations_per_epoch": 5,
    "patience": 6, "max_tokens": 99, "frozen": 0.25, "precision": "bfloat16",
}  # fmt: skip
SET = " ".join(f"--{name.replace('_', '-')} {value}" for name, value in SETTINGS.items())
USE = {"precision": "float32", "max_tokens": 64, "on": "ray"}
USED = "--precision float32 --max-tokens 64 --on ray"
COLUMNS = {
    "text": "a", "label": "y", "text_b": "b", "id": "k", "task": "multiclass",
    "classes": ["1", "0"], "annotators": ["o"], "confidence": "c", "group": "g",
    "slices": ["s", "t"], "split": "p", "one_hot": ["h1", "h0"], "soft": ["t1"],
    "votes": ["v1", "v0"], "voters": "n", "weight": "w", "probabilities": ["p1"],
    "spellings": {"a=b": "c", "Yes": "yes"}, "missing": ["NA"], "none": ["-"], "separator": ";",
    "exact_ids": True, "text_with": ["a2"], "text_b_with": ["b2"], "labelled_by": "l",
    "confidence_scale": "1-5", "majority": True, "ties": "first",
}  # fmt: skip
READ = {
    "encoding": "cp1252", "delimiter": "\t", "quote": "'", "escape": "backslash", "newline": "cr",
    "header": "no", "names": "rename", "comment": "#", "sheet": "two", "skip": [2, 17],
    "format": "plain",
}  # fmt: skip
LOAD = (
    "f.csv --text a --label y --text-b b --id k --task multiclass --class 1 --class 0 "
    "--annotator o --confidence c --group g --slice s --slice t --split p --one-hot h1 "
    "--one-hot h0 --soft t1 --votes v1 --votes v0 --voters n --weight w --probability p1 "
    "--as a=b=c --as Yes=yes --missing NA --none - --separator ; --exact-ids --encoding cp1252 "
    "--delimiter tab --quote ' --escape backslash --newline cr --no-header --names rename "
    "--comment # --sheet two --skip-line 2 --skip-line 17 --replace "
    "--text-with a2 --text-b-with b2 --labelled-by l --confidence-scale 1-5 --majority "
    "--ties first --partial --answers r.jsonl --answer-key mood --format plain"
)
QUEUE: dict[str, Any] = {
    "show": "unsure", "sort": "random", "reverse": True, "given": "a", "predicted": "b",
    "between": "d", "versus": "e",
    "low": 0.25, "high": 0.75, "slice": "s", "value": "v", "text": "t", "reason": "r",
    "column": "c", "cell": "x", "by": "bob", "region": "hard", "confidence_low": 0.125,
    "confidence_high": 0.5, "variability_low": 0.0625, "variability_high": 0.25,
    "area": "1a2b3c4d_0.0_500.0_500.700",
}  # fmt: skip
QUEUED = " ".join(
    f"--{'decided-by' if name == 'by' else name.replace('_', '-')}"
    f"{'' if value is True else f' {value}'}"
    for name, value in QUEUE.items()
)
WALK: list[tuple[str, dict[str, Any], Request]] = [
    (
        f"load W {LOAD}",
        {"file": "f.csv", "replace": True, "partial": True, "answers": ["r.jsonl"],
         "answer_key": "mood", **COLUMNS, **READ},
        Load(
            file=Path("f.csv"), columns=Columns.from_json(COLUMNS),
            options=ReadOptions(**{**READ, "skip": (2, 17)}), replace=True, partial=True,
            answers=(Path("r.jsonl"),), answer_key="mood",
        ),
    ),
    (
        f"predict W --model -m {USED} --calibrate --out-of-fold --outputs no,yes",
        {"model": "-m", "calibrate": True, "out_of_fold": True, "outputs": ["no", "yes"], **USE},
        Predict(
            model="-m", calibrate=True, use=ModelUse("float32", 64, "ray"), out_of_fold=True,
            outputs=("no", "yes"),
        ),
    ),
    (
        "predict W --from p.npy --scores log --rescale --classes no,yes --ids i.csv "
        "--rows-in-order --leave-out-extra --fill-classes --calibrate --out-of-fold",
        {
            "file": "p.npy", "scores": "log", "rescale": True, "classes": ["no", "yes"],
            "ids": "i.csv", "rows_in_order": True, "leave_out_extra": True, "fill_classes": True,
            "calibrate": True, "out_of_fold": True,
        },
        PredictFromFile(
            file=Path("p.npy"), calibrate=True, out_of_fold=True,
            reading=Reading("log", True, ("no", "yes"), Path("i.csv"), True, True, True),
        ),
    ),
    (
        f"predict W --cross-validate --model m --folds 4 --seed 7 {USED} --calibrate "
        "--after-review",
        {
            "encoder": "m", "folds": 4, "seed": 7, "calibrate": True, "after_review": True, **USE,
        },
        CrossValidate(
            encoder="m", folds=4, seed=7, use=ModelUse("float32", 64, "ray"), calibrate=True,
            after_review=True,
        ),
    ),
    (
        f"predict W --cross-validate --fine-tune --model m --folds 4 {SET} --judge-all "
        "--keep-models --on head:6379 --calibrate --after-review",
        {
            "model": "m", "k": 4, "keep_models": True, "on": "head:6379", "judge_all": True,
            "calibrate": True, "after_review": True, **SETTINGS,
        },
        FineTuneFolds(
            model="m", how=FoldTraining(4, TrainSettings(**SETTINGS), True, "head:6379"),
            calibrate=True, after_review=True,
        ),
    ),
    ("predict W --calibrate", {}, Calibrate()),
    ("use W mine-2", {"name": "mine-2"}, UseProbabilities(name="mine-2")),
    (
        f"flag W --out o.csv --detector model --detector slices --encoder e --training-log l.csv "
        f"--threshold 0.7 --at-most 9 {USED} --after-review",
        {
            "out": "o.csv", "detectors": ["model", "slices"], "encoder": "e",
            "training_log": "l.csv", "threshold": 0.7, "at_most": 9,
            "after_review": True, **USE,
        },
        Flag(
            out=Path("o.csv"), detectors=("model", "slices"), encoder="e",
            training_log=Path("l.csv"), use=ModelUse("float32", 64, "ray"),
            line=FlagLine(threshold=0.7, at_most=9), after_review=True,
        ),
    ),
    (
        f"map W --out m.csv --encoder e --seed 7 {USED}",
        {"out": "m.csv", "encoder": "e", "seed": 7, **USE},
        LayOut(out=Path("m.csv"), encoder="e", seed=7, use=ModelUse("float32", 64, "ray")),
    ),
    (
        f"queue W --count 3 {QUEUED}", {"count": 3, **QUEUE},
        ShowQueue(count=3, queue=Queue(**QUEUE)),
    ),
    ("similar W s1 --count 7", {"sample": "s1", "count": 7}, ShowSimilar(sample="s1", count=7)),
    (
        "decide W soften --by ann --at-most 9 --share a=b=0.25 "
        f"--share c=0.75 --note why --final {QUEUED}",
        {
            "verdict": "soften", "reviewer": "ann", "at_most": 9,
            "shares": {"a=b": "0.25", "c": "0.75"}, "note": "why", "final": True, **QUEUE,
        },
        Decide(
            verdict="soften", reviewer="ann", at_most=9,
            shares={"a=b": "0.25", "c": "0.75"}, note="why", final=True, queue=Queue(**QUEUE),
        ),
    ),
    (
        "undo W --by ann --redo", {"reviewer": "ann", "redo": True},
        TakeBack(reviewer="ann", redo=True),
    ),
    (
        "targets W --policy smooth:off=0.1+duplicates --keep mild",
        {"policy": "smooth:off=0.1+duplicates", "keep": "mild"},
        SetPolicy(policy="smooth:off=0.1+duplicates", keep="mild"),
    ),
    (
        "look W 12 --policy @mild", {"sample": "12", "policy": "@mild"},
        LookThrough(sample="12", policy="@mild"),
    ),
    (
        "differ W @mild@1 hard --out d.csv",
        {"first": "@mild@1", "second": "hard", "out": "d.csv"},
        CompareTargets(first="@mild@1", second="hard", out=Path("d.csv")),
    ),
    (
        "thresholds W --objective recall --precision 0.8 --truth t.csv --one --set a=b=0.4 --even",
        {"objective": "recall", "precision": 0.8, "truth": "t.csv", "one": True,
         "by_hand": {"a=b": "0.4"}, "even": True},
        SetThresholds(
            objective="recall", precision=0.8, truth=Path("t.csv"), one=True,
            by_hand={"a=b": "0.4"}, even=True,
        ),
    ),
    (
        f"export W t.csv --format csv --exact --no-provenance --suspicion {QUEUED}",
        {"file": "t.csv", "format": "csv", "exact": True, "provenance": False, "suspicion": True,
         **QUEUE},
        Export(
            file=Path("t.csv"), format="csv", exact=True, provenance=False, suspicion=True,
            queue=Queue(**QUEUE),
        ),
    ),
    (
        f"export W t.csv --with-training --format csv --exact --no-provenance --suspicion {QUEUED} "
        f"--model m {SET} --no-judge-all",
        {"file": "t.csv", "format": "csv", "exact": True, "provenance": False, "suspicion": True,
         **QUEUE, "model": "m", "judge_all": False, **SETTINGS},
        ExportToTrain(
            file=Path("t.csv"), format="csv", exact=True, provenance=False, suspicion=True,
            queue=Queue(**QUEUE), model="m", settings=TrainSettings(**SETTINGS, judge_all=False),
        ),
    ),
    (
        "mine W new.csv --count 5", {"file": "new.csv", "count": 5},
        MinePairs(file=Path("new.csv"), count=5),
    ),
    ("borders W --count 5", {"count": 5}, ShowBorders(count=5)),
    (
        f"train W --model m --out r --targets hard --processes 2 --loss elr {SET} --no-judge-all",
        {
            "model": "m", "run_name": "r", "targets": "hard", "processes": 2, "loss": "elr",
            "judge_all": False, **SETTINGS,
        },
        Train(
            model="m", run_name="r", targets="hard", processes=2, loss="elr",
            settings=TrainSettings(**SETTINGS, judge_all=False),
        ),
    ),
    (
        f"train W --threshold-class --model m --out r {SET} --no-judge-all",
        {"model": "m", "log_name": "r", "judge_all": False, **SETTINGS},
        LogTraining(
            model="m", log_name="r", settings=TrainSettings(**SETTINGS, judge_all=False)
        ),
    ),
    (
        "compare W a b --truth t.csv --card c.md",
        {"run_a": "a", "run_b": "b", "truth": "t.csv", "card": "c.md"},
        Compare(run_a="a", run_b="b", truth=Path("t.csv"), card=Path("c.md")),
    ),
    (
        "effect W a b --experiment e --truth t.csv --out c.csv",
        {"run_a": "a", "run_b": "b", "experiment": "e", "truth": "t.csv", "out": "c.csv"},
        MeasureReviews(
            run_a="a", run_b="b", experiment="e", truth=Path("t.csv"), out=Path("c.csv")
        ),
    ),
    (
        f"experiment W --model m --out e --targets hard --targets reviewed --seeds 5 {SET} "
        "--judge-all --truth t.csv --card c.md",
        {"model": "m", "name": "e", "sets": ["hard", "reviewed"], "seeds": 5, "truth": "t.csv",
         "card": "c.md", "judge_all": True, **SETTINGS},
        RunExperiment(
            model="m", name="e", sets=("hard", "reviewed"), seeds=5, truth=Path("t.csv"),
            card=Path("c.md"), settings=TrainSettings(**SETTINGS, judge_all=True),
        ),
    ),
    (
        "experiment W --quick --model m --out e --targets hard --targets reviewed --seeds 5 "
        "--truth t.csv --card c.md",
        {"encoder": "m", "name": "e", "sets": ["hard", "reviewed"], "seeds": 5, "truth": "t.csv",
         "card": "c.md"},
        TryTargets(
            encoder="m", name="e", sets=("hard", "reviewed"), seeds=5, truth=Path("t.csv"),
            card=Path("c.md"),
        ),
    ),
    (
        "outcome W e --truth t.csv --card c.md",
        {"name": "e", "truth": "t.csv", "card": "c.md"},
        ReadExperiment(name="e", truth=Path("t.csv"), card=Path("c.md")),
    ),
    ("rates W --truth t.csv", {"truth": "t.csv"}, MeasureErrors(truth=Path("t.csv"))),
    ("agreement W", {}, MeasureAgreement()),
    ("rename W new --run r", {"name": "new", "run_name": "r"}, Rename(name="new", run_name="r")),
    (
        "duplicate W new --run r", {"name": "new", "run_name": "r"},
        Duplicate(name="new", run_name="r"),
    ),
    (
        "delete W --run r --confirm r", {"run_name": "r", "confirm": "r"},
        Delete(run_name="r", confirm="r"),
    ),
    ("store check W", {}, CheckStore()),
    ("store backup W --list", {"only_list": True}, BackUp(only_list=True)),
    ("store restore W b.db", {"backup": "b.db"}, Restore(backup=Path("b.db"))),
    ("store migrate W", {}, Migrate()),
    ("store copy W postgresql://u@h/d", {"url": "postgresql://u@h/d"},
     CopyStore(url="postgresql://u@h/d")),
    ("store take-over W", {}, TakeOver()),
    (
        f"store assign W --to ann --to bob --overlap 2 {QUEUED}",
        {"people": ["ann", "bob"], "overlap": 2, **QUEUE},
        Assign(people=("ann", "bob"), overlap=2, queue=Queue(**QUEUE)),
    ),
    (
        "store roles W --owner ann --adjudicator bob --reviewer cy --viewer dan --others viewer "
        "--settles-own bob --remove eve",
        {"owners": ["ann"], "adjudicators": ["bob"], "reviewers": ["cy"], "viewers": ["dan"],
         "others": "viewer", "settle_own": ["bob"], "without": ["eve"]},
        GiveRoles(owners=("ann",), adjudicators=("bob",), reviewers=("cy",), viewers=("dan",),
                  others="viewer", settle_own=("bob",), without=("eve",)),
    ),
]  # fmt: skip
# What has to be given, by kind.
LEAST = {
    "load": {"file": "f"}, "predict": {"model": "m"}, "predict-from-file": {"file": "f"},
    "fine-tune-folds": {"model": "m"}, "look": {"sample": "s"},
    "compare targets": {"first": "hard"}, "mine": {"file": "f"},
    "train": {"model": "m", "run_name": "r"}, "log-training": {"model": "m", "log_name": "r"},
    "use": {"name": "n"}, "similar": {"sample": "s"}, "undo": {"reviewer": "ann"},
    "decide": {"verdict": "keep", "reviewer": "ann"},
    "compare": {"run_a": "a", "run_b": "b"}, "effect": {"run_a": "a", "run_b": "b"},
    "experiment": {"model": "m", "name": "e"},
    "quick-experiment": {"name": "e"}, "rename": {"name": "n"}, "duplicate": {"name": "n"},
    "outcome": {"name": "e"}, "store copy": {"url": "u"},
}  # fmt: skip


IN_PLACE_OF_OTHERS = {"decide": {"label", "samples"}, "store roles": {"free"}}


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], tuple[Request, Path]]:
    """What a command line asks for, without doing it."""
    found: list[tuple[Request, Path]] = []
    monkeypatch.setattr(cli, "perform", lambda *asked: found.append(asked))

    def parse(line: str) -> tuple[Request, Path]:
        monkeypatch.setattr(sys, "argv", ["labelviz", *line.split()])
        cli.main()
        return found.pop()

    return parse


@pytest.mark.parametrize(("line", "fields", "value"), WALK, ids=[v.kind for _, _, v in WALK])
def test_command_line_form_json_and_python_make_the_same_value(parsed, line, fields, value):
    assert parsed(line) == (value, Path("W"))
    assert filled(type(value), fields) == value
    assert from_json(json.loads(json.dumps(value.as_json()))) == value
    assert said(value) == fields
    assert flat(value).keys() == {each.name for each in entries(value)}


def test_samples_are_named_and_labels_chosen_on_the_command_line(parsed):
    made = Decide(verdict="choose", reviewer="ann", samples=("-1", "b"), label=("-x", "y"))
    line = "decide W choose --by ann --sample -1 --sample b --label -x --label y"
    assert parsed(line) == (made, Path("W"))
    assert from_json(json.loads(json.dumps(made.as_json()))) == made


@pytest.mark.parametrize(
    "line",
    ["predict W --cross-validate --folds 2.5", "load W f.csv --skip-line 3.6",
     "queue W --count 2.7", "store assign W --overlap 2.5", "decide W keep --by a --at-most x"],
)  # fmt: skip
def test_a_fraction_is_no_whole_number(parsed, line: str):
    with pytest.raises(SystemExit):
        parsed(line)


def test_roles_are_all_taken_away_on_the_command_line(parsed):
    made = GiveRoles(free=True)
    assert parsed("store roles W --free") == (made, Path("W"))
    assert from_json(json.loads(json.dumps(made.as_json()))) == made


def test_one_text_is_not_several():
    for made in (
        lambda: Decide(verdict="keep", reviewer="ann", samples="12"),  # type: ignore[arg-type]
        lambda: Assign(people="ann"),  # type: ignore[arg-type]
    ):
        with pytest.raises(RequestRefused, match="cannot be “"):
            made()


def test_the_walk_gives_every_field_of_every_request_another_value():
    assert [type(value) for _, _, value in WALK] == list(ALL)
    for _, fields, value in WALK:
        without = IN_PLACE_OF_OTHERS.get(value.kind, set())
        assert fields.keys() | without == {each.name for each in entries(value)}, value.kind


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_given_is_the_default_wherever_it_is_asked(kind: str):
    least = LEAST.get(kind, {})
    made = filled(KINDS[kind], least)
    assert said(made) == least
    assert {each.name for each in entries(KINDS[kind]) if each.required} == least.keys()
    for name in least:
        with pytest.raises(RequestRefused) as refused:
            filled(KINDS[kind], {other: value for other, value in least.items() if other != name})
        assert refused.value.field == name


@pytest.mark.parametrize("kind", ALL, ids=KINDS)
def test_every_request_is_frozen_explained_and_told(kind: type[Request]):
    assert kind.__doc__
    every = entries(kind)
    assert all(each.about.help for each in every)
    assert len({each.name for each in every}) == len({each.option for each in every}) == len(every)
    assert tell.dispatch(kind) is not tell.dispatch(object)
    with pytest.raises(FrozenInstanceError):
        filled(kind, LEAST.get(kind.kind, {})).kind = ""  # type: ignore[misc]


@pytest.mark.parametrize(
    ("value", "field", "what", "remedy"),
    [
        ({"kind": "dream"}, "kind", "There is no request “dream”.", "“load”, “predict”"),
        ({}, "kind", "There is no request “”.", "Ask for one of"),
        ({"kind": "flag", "fields": {"mood": 1}}, "mood", "There is no mood", "Leave it out."),
        ({"kind": "predict"}, "model", "The model is missing.", "A classifier"),
        ({"kind": "cross-validate", "fields": {"folds": 1}}, "folds", "cannot be 1", "at least 2"),
    ],
)
def test_json_that_is_no_request_is_refused_with_its_field(value, field, what, remedy):
    with pytest.raises(RequestRefused) as refused:
        from_json(value)
    assert refused.value.field == field
    assert_message(refused.value, what, field, "Nothing was begun.", remedy)


def test_a_request_is_run_on_a_project_that_is_there(workspace: Workspace, tmp_path: Path):
    request = MeasureAgreement()
    with request.opened(workspace.path) as project:
        assert request.run(project).shared == 0
    with (
        pytest.raises(WorkspaceRefused, match="not a labelviz workspace"),
        request.opened(tmp_path),
    ):
        pass


# Once


def names_with_numbers() -> set[str]:
    """Fields of requests whose default is a number, but for those whose name is used for others."""
    every = [each for kind in ALL for each in entries(kind)]
    return {e.name for e in every if type(e.default) in (int, float)} - {"seed"}


def is_number(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def spelled(tree: ast.AST) -> list[int]:
    """Lines where a number stands beside the name of a field: a default, or that of a widget."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.arguments):
            named = [*node.posonlyargs, *node.args]
            named = named[len(named) - len(node.defaults) :] + node.kwonlyargs
            for each, value in zip(named, [*node.defaults, *node.kw_defaults], strict=True):
                if each.arg in names_with_numbers() and is_number(value):
                    found.append(each.lineno)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("number_input"):
            found += [
                n.value.lineno for n in node.keywords if n.arg == "value" and is_number(n.value)
            ]
    return found


def test_every_default_is_written_once():
    found = []
    for file in ROOT.glob("**/*.py"):
        if file.name != "scratch.py":  # a new model has sizes of its own
            lines = spelled(ast.parse(file.read_text("utf-8")))
            found += [f"{file.relative_to(ROOT)}:{line}" for line in lines]
    assert found == []


def test_a_default_that_is_written_again_is_found():
    assert spelled(ast.parse("def f(k=3, *, epochs: float = 2.0, seed=0): ...")) == [1, 1]
    assert spelled(ast.parse("st.number_input('Epochs', value=3.0)")) == [1]
    assert spelled(ast.parse("def f(k=FOLDS, other=3): ...")) == []
