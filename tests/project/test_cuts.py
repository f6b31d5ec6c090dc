from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from labelviz.core.evidence import control_order
from labelviz.core.groups import splits
from labelviz.errors import StepMissing, TargetsRefused
from labelviz.project.workspace import Workspace
from labelviz.requests import SetThresholds
from labelviz.tables.columns import Columns
from tests.project.conftest import Write, decide, rows_of


@pytest.fixture
def several(tmp_path: Path, write: Write) -> Workspace:
    """Sixty samples over two tags, with probabilities a third as high as they should be."""
    tags = [("a",), ("a", "b"), ("b",), ()]
    cells = ['["a"]', '["a", "b"]', '["b"]', "[]"]
    lines = (f'{n},text {n},"{cells[n % 4].replace(chr(34), chr(34) * 2)}"' for n in range(60))
    space = Workspace.create(tmp_path / "several")
    rows = "\n".join(["id,text,label", *lines])
    space.load(write(rows), Columns("text", "label", id="id"))
    p = "".join(
        f"{n},{0.3 if 'a' in tags[n % 4] else 0.1},{0.3 if 'b' in tags[n % 4] else 0.1}\n"
        for n in range(60)
    )
    space.opinions.read_file(write(f"id,a,b\n{p}", "p.csv"))
    return space


def review(space: Workspace, count: int) -> None:
    data = space.dataset
    for row in control_order(60)[:count].tolist():
        sample = str(data.ids[row])
        decide(space, str(row), sample, "keep", label=data.label_names(data.given, row))


def test_thresholds_are_chosen_on_what_was_reviewed(several: Workspace):
    with pytest.raises(StepMissing, match="0 reviewed labels count"):
        several.goals.cuts.choose()
    review(several, 29)
    with pytest.raises(StepMissing, match="0 reviewed labels count"):
        several.goals.cuts.choose()
    review(several, 60)
    found = SetThresholds().run(several)
    assert found is not None
    assert found.values == pytest.approx([0.2, 0.2])
    assert found.judged.tolist() == [1, 1]
    assert found.at_half.tolist() == [0, 0]
    assert several.goals.cuts.in_use.tolist() == pytest.approx([0.2, 0.2])
    SetThresholds(even=True).run(several)
    assert several.goals.cuts.in_use is None


def test_no_threshold_rests_on_what_models_are_judged_by(several: Workspace, tmp_path: Path):
    review(several, 60)
    test = splits(several.dataset) == "test"
    assert 0 < test.sum() < 60
    before = several.goals.cuts.choose()
    assert len(several.goals.cuts.known().p) == (~test).sum()
    data, file = several.dataset, tmp_path / "truth.csv"
    with file.open("w", newline="") as out:
        csv.writer(out).writerow(["id", "label"])
        for row, name in enumerate(data.ids):
            label = [] if test[row] else data.label_names(data.given, row)
            csv.writer(out).writerow([name, json.dumps(label)])
    other = several.goals.cuts.choose(truth=file)
    np.testing.assert_allclose(other.values, before.values)


def test_trusted_labels_do_as_well(several: Workspace, write: Write):
    rows = "".join(f"{n},{'a' if n % 4 < 2 else 'b'}\n" for n in range(40))
    found = SetThresholds(truth=write(f"id,label\n{rows}", "t.csv"), one=True).run(several)
    assert found is not None
    assert len(set(several.goals.cuts.in_use)) == 1


def test_a_threshold_decides_the_hard_label_and_means_the_same_under_any_policy(
    several: Workspace, tmp_path: Path
):
    several.set_policy("bootstrap:label=0 + asymmetric:off=0.2,absent=0.02")
    decide(several, "1", "0", "soften", target={"a": 0.25, "b": 0.15})
    before = rows_of(several.export(tmp_path / "before.csv").path)
    assert before[1]["hard_label"] == "[]"
    SetThresholds(by_hand={"a": "0.2", "b": "0.2"}).run(several)
    rows = rows_of(several.export(tmp_path / "after.csv").path)
    assert [row["hard_label"] for row in rows[:4]] == ['["a"]', '["a", "b"]', '["b"]', "[]"]


def test_a_run_is_cut_where_its_targets_are(several: Workspace):
    several.goals.cuts.use({"a": 0.5, "b": 0.3})
    shaped = several.targets(several.sets.policy("asymmetric:off=0.2,absent=0"))
    assert several.goals.cuts.of_model(shaped) == pytest.approx([0.4, 0.24])
    rows = several.goals.cuts.of_rows(shaped, shaped)
    assert rows.shape == (60, 2)
    assert rows[0] == pytest.approx([0.4, 0.24])


def test_what_is_no_threshold_is_refused(several: Workspace, predicted: Workspace):
    for wrong in ({"c": 0.5}, {"a": 2.0}):
        with pytest.raises(TargetsRefused):
            several.goals.cuts.use(wrong)
    assert several.goals.cuts.in_use is None
    predicted.goals.cuts.use({"yes": 0.7})
    assert predicted.goals.cuts.in_use.tolist() == [0.5, 0.7]
    assert np.isfinite(predicted.goals.cuts.of_model(predicted.targets())).all()


def test_where_one_of_several_classes_is_true_the_top_one_counts(tmp_path: Path, write: Write):
    rows = "".join(f"{n},text {n},{'abc'[n % 3]}\n" for n in range(12))
    space = Workspace.create(tmp_path / "three")
    space.load(write(f"id,text,label\n{rows}"), Columns("text", "label", id="id"))
    with pytest.raises(TargetsRefused, match="the top one counts"):
        space.goals.cuts.use({"a": 0.4})
