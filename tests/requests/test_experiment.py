from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from labelviz.core.settings import TrainSettings
from labelviz.requests import ReadExperiment, RunExperiment, TryTargets
from tests.requests.conftest import report

SETTINGS = TrainSettings(epochs=0.5)
TRUTH = Path("t.csv")


@pytest.mark.parametrize(
    ("asked", "called"),
    [
        (
            RunExperiment(
                model="m", name="e", sets=("hard", "reviewed"), seeds=6, settings=SETTINGS,
                truth=TRUTH,
            ),
            [("run", "e", "m", ("hard", "reviewed"), 6, SETTINGS, report), ("outcome", "e", TRUTH)],
        ),
        (
            TryTargets(name="e", encoder="m", sets=("hard", "reviewed"), seeds=6, truth=TRUTH),
            [("quick", "e", "m", ("hard", "reviewed"), 6, report), ("outcome", "e", TRUTH)],
        ),
        (ReadExperiment(name="e", truth=TRUTH), [("outcome", "e", TRUTH)]),
    ],
)  # fmt: skip
def test_a_request_reaches_the_workspace_whole(asked: Any, called: list[tuple[Any, ...]]):
    calls: list[tuple[Any, ...]] = []
    room = SimpleNamespace(
        run=lambda *given: calls.append(("run", *given)),
        quick=lambda *given: calls.append(("quick", *given)),
        outcome=lambda *given: calls.append(("outcome", *given)),
    )
    asked.run(SimpleNamespace(experiments=room), report)
    assert calls == called
