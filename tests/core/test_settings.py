from __future__ import annotations

import ast
import inspect
from dataclasses import fields
from pathlib import Path

import pytest

from labelviz import cli
from labelviz.core import settings
from labelviz.core.settings import FINE_TUNING, TRAINING, FoldTraining, ModelUse, TrainSettings
from labelviz.errors import ModelRefused, RunRefused
from labelviz.models.crossval import cross_validate
from labelviz.models.fold_training import fine_tune_folds
from labelviz.models.predict import predict
from labelviz.models.train import train
from labelviz.workspace import Workspace
from tests.conftest import assert_message

ROOT = Path(settings.__file__).parents[1]
NAMES = {each.name for each in fields(TrainSettings)} | {"k", "folds"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0},
        {"epochs": float("nan")},
        {"learning_rate": -1},
        {"batch_size": 0},
        {"accumulation": 0},
        {"patience": 0},
        {"max_tokens": 0},
        {"warmup": 1.5},
        {"weight_decay": -0.1},
        {"frozen": 1.0},
        {"seed": -1},
        {"precision": "float16"},
    ],
)
def test_settings_out_of_range(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(RunRefused) as caught:
        TrainSettings(**wrong)
    assert caught.value.what == f"Training settings out of range: {name} {value}."


def test_a_use_out_of_range():
    with pytest.raises(ModelRefused) as caught:
        ModelUse("float16")
    assert_message(caught.value, "float16", "precision", "", "auto, float32, bfloat16")
    with pytest.raises(ModelRefused, match="0 tokens"):
        ModelUse(max_tokens=0)


def default(function, name):
    return inspect.signature(function).parameters[name].default


def test_command_line_and_python_have_one_default():
    for name in inspect.signature(cli.train).parameters.keys() & NAMES:
        assert default(cli.train, name) == getattr(TRAINING, name), name
    for name in inspect.signature(cli.predict).parameters.keys() & NAMES - {"folds", "max_tokens"}:
        assert default(cli.predict, name) == getattr(FINE_TUNING, name), name
    assert default(train, "settings") == default(Workspace.train, "settings") == TRAINING
    assert default(fine_tune_folds, "how") == default(Workspace.fine_tune_folds, "how")
    assert FoldTraining().settings == FINE_TUNING
    for function in (predict, cross_validate, Workspace.predict, Workspace.cross_validate):
        assert default(function, "use") == ModelUse()
    assert default(cross_validate, "k") == default(Workspace.cross_validate, "k")


def test_no_default_of_training_is_spelled_again():
    """A number beside the name of a setting, as a default or as the value of a widget."""
    found = []
    for file in ROOT.glob("**/*.py"):
        if file.name not in ("settings.py", "scratch.py"):  # a new model has sizes of its own
            found += [f"{file.name}:{line}" for line in spelled(ast.parse(file.read_text("utf-8")))]
    assert found == []


def spelled(tree):
    """The lines where it is."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arguments):
            named = [*node.posonlyargs, *node.args]
            named = named[len(named) - len(node.defaults) :] + node.kwonlyargs
            for each, value in zip(named, [*node.defaults, *node.kw_defaults], strict=True):
                if each.arg in NAMES - {"seed"} and is_number(value):
                    yield each.lineno
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("number_input"):
            yield from (
                node.lineno
                for each in node.keywords
                if each.arg == "value" and is_number(each.value)
            )


def is_number(node):
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def test_what_is_spelled_again_is_found():
    assert list(spelled(ast.parse("def f(k=3, *, epochs: float = 2.0, seed=0): ..."))) == [1, 1]
    assert list(spelled(ast.parse("st.number_input('Epochs', value=3.0)"))) == [1]
    assert list(spelled(ast.parse("def f(k=FOLDS, other=3): ..."))) == []
