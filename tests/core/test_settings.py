from __future__ import annotations

import inspect

import pytest

from labelviz.core.settings import FINE_TUNING, TRAINING, FoldTraining, ModelUse, TrainSettings
from labelviz.errors import RequestRefused, in_words
from labelviz.models.crossval import cross_validate
from labelviz.models.fold_training import fine_tune_folds
from labelviz.models.predict import predict
from labelviz.models.train import train
from labelviz.project.opinions import Opinions
from labelviz.project.runs import Runs
from tests.conftest import assert_message


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0},
        {"epochs": float("nan")},
        {"learning_rate": -1},
        {"learning_rate": 0},
        {"batch_size": 0},
        {"accumulation": 0},
        {"max_grad_norm": 0},
        {"evaluations_per_epoch": 0},
        {"patience": 0},
        {"max_tokens": 7},
        {"warmup": 1.5},
        {"weight_decay": -0.1},
        {"frozen": 1.0},
        {"seed": -1},
        {"seed": 2**32},
        {"precision": "float16"},
    ],
)
def test_settings_out_of_range(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(RequestRefused) as caught:
        TrainSettings(**wrong)
    assert caught.value.field == name
    assert caught.value.what == f"The {name.replace('_', ' ')} cannot be {in_words([value])}."


def test_settings_at_the_ends_of_their_ranges():
    made = TrainSettings(warmup=1, weight_decay=0, frozen=0, seed=2**32 - 1, max_tokens=8)
    assert (made.warmup, made.seed) == (1, 2**32 - 1)


def test_a_use_out_of_range():
    with pytest.raises(RequestRefused) as caught:
        ModelUse("float16")
    remedy = "auto, float32, bfloat16"
    assert_message(caught.value, "float16", "precision", "Nothing was begun.", remedy)
    with pytest.raises(RequestRefused, match="The max tokens cannot be 0"):
        ModelUse(max_tokens=0)
    with pytest.raises(RequestRefused, match="The k cannot be 1"):
        FoldTraining(1)


def default(function, name):
    return inspect.signature(function).parameters[name].default


def test_all_of_python_has_one_default():
    assert default(train, "settings") == default(Runs.train, "settings") == TRAINING
    assert default(fine_tune_folds, "how") == default(Opinions.fine_tune_folds, "how")
    assert FoldTraining().settings == FINE_TUNING
    for function in (predict, cross_validate, Opinions.predict, Opinions.cross_validate):
        assert default(function, "use") == ModelUse()
    assert default(cross_validate, "k") == default(Opinions.cross_validate, "k")
