from __future__ import annotations

from labelviz.project.workspace import Workspace
from labelviz.requests import MeasureErrors
from tests.conftest import decision_of


def test_before_thirty_random_samples_there_are_counts_and_no_rate(workspace: Workspace):
    workspace.decide(decision_of("one", "5", label=("yes",)))
    found = MeasureErrors().run(workspace)
    assert found.rates is None
    assert found.drawn == workspace.decisions.drawn
    assert found.drawn.total == 6
