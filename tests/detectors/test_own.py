"""A detector of one's own is a function of arrays, and one more among the others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from labelviz.core.evidence import NotChecked
from labelviz.detectors.own import detector, from_settings
from labelviz.errors import StepMissing
from labelviz.project.workspace import Workspace
from labelviz.requests import Flag
from tests.conftest import assert_message, dataset_of
from tests.detectors.conftest import evidence_of, found

DATA = dataset_of([0, 1, -1], texts=[["a", "b!", "c!"]])
P = [[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]]


def shouting(texts, labels, probabilities):
    """Doubts whatever ends in an exclamation mark, and is labelled."""
    loud = np.array([text.endswith("!") for text in texts[0]])
    return np.where(labels < 0, np.nan, 0.75 * loud)


def test_a_function_is_given_arrays_and_its_scores_are_the_finding():
    finding = found(detector("shouting", shouting), evidence_of(DATA, P))
    assert finding.score[:2].tolist() == [0, 0.75]
    assert np.isnan(finding.score[2])
    assert [finding.words(row) for row in range(3)] == [
        "", "“shouting” doubts the label by 0.75.", "",
    ]  # fmt: skip
    assert finding.role == "mark"


def test_the_probabilities_in_use_are_those_it_is_given():
    finding = found(
        detector("doubt", lambda *known: 1 - known[2].max(axis=1)), evidence_of(DATA, P)
    )
    assert finding.score == pytest.approx([0.1, 0.2, 0.5])


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (lambda *_: 1 / 0, "It failed with ZeroDivisionError: division by zero"),
        (lambda _: 0, "It failed with TypeError"),
        (lambda *_: [0.5], "one score from 0 to 1 for every sample"),
        (lambda *_: [0.5, 2.0, 0.5], "one score from 0 to 1 for every sample"),
        (lambda *_: ["a", "b", "c"], "It failed with ValueError"),
    ],
)
def test_a_function_that_fails_is_told_and_stops_nobody(function, why: str):
    told = detector("mine", function)(evidence_of(DATA, P))
    assert isinstance(told, NotChecked)
    assert told.detector == "mine"
    assert why in told.why


def test_one_of_python_runs_beside_the_others_or_alone(predicted: Workspace):
    together = predicted.flag(own={"shouting": shouting})
    assert {"model", "shouting"} <= set(together.detectors)
    alone = predicted.flag(["shouting"], own={"shouting": shouting})
    assert alone.detectors == ("shouting",)
    assert "shouting" in predicted.flag().detectors
    assert "shouting" not in predicted.flag(own={}).detectors


def test_one_named_in_the_settings_runs_wherever_labels_are_checked(predicted: Workspace):
    (predicted.path / "labelviz.toml").write_text(
        '[detectors]\nshouting = "tests.detectors.test_own:shouting"\n'
    )
    assert "shouting" in Flag().run(predicted).suspicion.detectors
    assert Flag(detectors=("shouting",)).run(predicted).suspicion.detectors == ("shouting",)


@pytest.mark.parametrize("name", ["", "model", "neighbours", "reviews", "fusion", "texts"])
def test_none_takes_the_place_of_another(predicted: Workspace, name: str):
    with pytest.raises(StepMissing, match="cannot be called"):
        predicted.flag(own={name: shouting})


def test_settings_that_are_no_table_are_told():
    with pytest.raises(StepMissing, match="no table"):
        from_settings("shouting")  # type: ignore[arg-type]


def test_a_module_that_ends_the_program_is_told(tmp_path: Path, monkeypatch):
    for text in ("raise SystemExit", "1 +", "raise RuntimeError('no')"):
        module = f"odd_{abs(hash(text))}"
        (tmp_path / f"{module}.py").write_text(text)
        monkeypatch.syspath_prepend(str(tmp_path))
        with pytest.raises(StepMissing, match="cannot be found"):
            from_settings({"mine": f"{module}:f"})


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("nowhere:f", "No module named 'nowhere'"),
        ("tests.detectors.test_own:nothing", "has no attribute 'nothing'"),
        ("tests.detectors.test_own:P", "it is no function"),
        ("tests.detectors.test_own", "has no attribute ''"),
        ("", "Empty module name"),
        (":", "Empty module name"),
    ],
)
def test_one_that_is_not_where_the_settings_say_is_told(place: str, why: str):
    with pytest.raises(StepMissing) as refused:
        from_settings({"mine": place})
    what = f"{why}."
    assert_message(refused.value, what, repr(place), remedy='"package.module:function"')
    assert refused.value.what.startswith("The detector 'mine' cannot be found: ")
    assert refused.value.where.endswith("under [detectors] in labelviz.toml")
