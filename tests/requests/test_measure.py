from __future__ import annotations

from labelviz.project.workspace import Workspace
from labelviz.requests import MeasureErrors
from tests.conftest import decision_of
from tests.project.conftest import Write


def test_before_thirty_random_samples_there_are_counts_and_no_rate(workspace: Workspace):
    workspace.decide(decision_of("one", "5", label=("yes",)))
    found = MeasureErrors().run(workspace)
    assert found.rates is found.yardstick is None
    assert found.drawn == workspace.decisions.drawn
    assert found.drawn.total == 6


def test_trusted_labels_say_what_flags_are_worth(predicted: Workspace, write: Write):
    predicted.findings.flag()
    suspicion, dataset = predicted.suspicion, predicted.dataset
    assert suspicion is not None
    rows = [
        f"{name},{dataset.classes[suspicion.suggested[row] if row < 3 else dataset.given[row]]}"
        for row, name in enumerate(dataset.ids)
    ]
    truth = write("\n".join(["id,label", *rows]), "truth.csv")
    found = MeasureErrors(truth=truth).run(predicted).yardstick
    assert found is not None
    wrong = (suspicion.suggested != dataset.given)[:3].sum()
    assert (found.known, found.wrong, found.flagged) == (6, wrong, suspicion.flagged.sum())
    assert found.hits == wrong
    assert found.recall.value == 1.0
