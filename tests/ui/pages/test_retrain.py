from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from labelviz.charts.runs import Curves
from labelviz.core.asked import entry
from labelviz.core.groups import split_fingerprint
from labelviz.core.settings import TrainSettings
from labelviz.models.runs import begin, write_record
from labelviz.project.workspace import Workspace
from labelviz.requests import Train
from labelviz.tables import apart
from labelviz.tables.columns import Columns
from labelviz.ui.components import experiment
from labelviz.ui.pages.retrain import _curves_finding
from tests.conftest import decision_of
from tests.ui.conftest import button, words

ROWS = "".join(f"{n},text {n},{'yes' if n % 2 else 'no'},test\n" for n in range(6))


def make_run(space, name, margin, *, complete=True, decided=None):
    """A run folder whose logits favour the given labels by a margin."""
    path = space.path / "runs" / name
    data = space.dataset
    record = {
        "settings": TrainSettings(seed=4),
        "dataset": data.fingerprint,
        "classes": list(data.classes),
        "multilabel": False,
        "policy": "smooth:off=0.1",
        "targets": "t",
        "model_hash": "h",
        "split": split_fingerprint(data),
        "status": "running",
        "decided": decided,
    }
    begin(path, record, data.ids)
    logits = np.zeros((len(data), 2), dtype=np.float32)
    logits[np.arange(len(data)), data.given] = margin
    rows = []
    for step, loss in ((10, 0.5), (20, 0.7)):
        np.save(path / "evaluations" / f"{step:06d}.npy", logits)
        rows.append({"step": step, "epoch": step / 10, "train_nll": 0.4, "selection_nll": loss})
    (path / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    if complete:
        write_record(path, {**record, "status": "complete"})


@pytest.fixture
def space(tmp_path, write):
    made = Workspace.create(tmp_path / "trained")
    made.load(
        write(f"id,text,label,split\n{ROWS}"), Columns("text", "label", id="id", split="split")
    )
    return made


@pytest.fixture
def two_runs(space):
    make_run(space, "first", 1.0)
    make_run(space, "second", 3.0)
    return space


def table(page, column):
    return next(each.value for each in page.dataframe if column in each.value)


def test_without_data_the_way_leads_to_data(open_page, tmp_path, gone):
    page = open_page("retrain", tmp_path / "nothing")
    button(page, "Load a file").click().run()
    assert gone == [("data",)]


def test_without_runs_the_page_says_what_a_fair_test_is(open_page, workspace):
    said = words(open_page("retrain", workspace.path))
    assert "Nothing was trained yet." in said
    assert "Not compared: this needs two complete runs." in said


def test_a_run_starts_as_a_job_with_its_settings(open_page, workspace, started):
    page = open_page("retrain", workspace.path)
    by_label = {each.label: each for each in (*page.text_input, *page.number_input)}
    by_label["Model: a folder or a hub id"].set_value(" org/model ")
    by_label["Epochs"].set_value(0.5)
    by_label["Seed"].set_value(7)
    by_label["Learning rate"].set_value(5e-5)
    by_label["Batch size"].set_value(8)
    next(each for each in page.selectbox if each.label == "Precision").set_value("float32")
    next(each for each in page.selectbox if each.label == "Loss").set_value("elr")
    page.radio[0].set_value("hard")
    button(page, "Train").click().run()
    settings = TrainSettings(
        epochs=0.5, seed=7, learning_rate=5e-5, batch_size=8, precision="float32"
    )
    assert started == [
        Train(model="org/model", run_name="run-1", targets="hard", loss="elr", settings=settings)
    ]


def test_settings_are_copied_from_an_earlier_run(open_page, two_runs, started):
    space = two_runs
    name = space.runs.names[-1]
    page = open_page("retrain", space.path)
    page = page.selectbox(key="copy settings from").set_value(name).run()
    page.text_input(key="model to train").set_value("m")
    next(each for each in page.number_input if each.label == "Seed").set_value(11)
    button(page, "Train").click().run()
    (request,) = started
    copied = space.runs.open(name).settings
    assert request.settings == replace(copied, seed=11, precision="auto")


def test_a_run_without_a_name_is_refused_before_it_starts(open_page, workspace, started):
    page = open_page("retrain", workspace.path)
    by_label = {each.label: each for each in page.text_input}
    by_label["Model: a folder or a hub id"].set_value("m")
    by_label["Name of the run"].set_value(" ")
    button(page, "Train").click().run()
    assert "The run name is missing." in words(page)
    assert started == []


def test_a_form_has_the_defaults_ranges_and_help_of_the_settings(open_page, workspace):
    page = open_page("retrain", workspace.path)
    shown = {each.label: each for each in page.number_input}
    for name, label in (("epochs", "Epochs"), ("seed", "Seed"), ("batch_size", "Batch size")):
        field, widget = entry(TrainSettings, name), shown[label]
        assert (widget.value, widget.min) == (field.default, field.about.ge)
        assert widget.help == field.about.help
    assert shown["Seed"].max == 2**32 - 1


def test_a_run_without_a_model_does_not_start(open_page, workspace, started):
    page = open_page("retrain", workspace.path)
    button(page, "Train").click().run()
    assert "Name a model" in words(page)
    assert started == []


def test_runs_are_listed_with_their_best_validation(open_page, two_runs):
    make_run(two_runs, "third", 2.0, complete=False)
    runs = table(open_page("retrain", two_runs.path), "Run")
    assert dict(zip(runs["Run"], runs["Status"], strict=True)) == {
        "first": "complete",
        "second": "complete",
        "third": "stopped",
    }
    assert runs["Best validation NLL"].tolist() == [0.5] * 3
    assert runs["At epoch"].tolist() == [1.0] * 3
    assert runs["Seed"].tolist() == [4] * 3


@pytest.mark.bad_input("K08")
def test_what_a_run_costs_and_that_the_cpu_trains_is_said_before_it_starts(open_page, space):
    assert experiment.COST_UNKNOWN in words(open_page("retrain", space.path))
    make_run(space, "timed", 1.0)
    path = space.path / "runs" / "timed"
    row = {"step": 20, "epoch": 2.0, "train_nll": 0.4, "selection_nll": 0.7, "seconds": 1200.0}
    (path / "log.jsonl").write_text(json.dumps({**row, "step": 10}) + "\n" + json.dumps(row) + "\n")
    page = open_page("retrain", space.path)
    assert "takes about 30 min, as long as “timed” took" in words(page)
    record = json.loads((path / "run.json").read_text())
    (path / "run.json").write_text(json.dumps({**record, "device": "cpu"}))
    page = open_page("retrain", space.path)
    assert "takes about 30 min on the CPU of this server, as long as “timed” took" in words(page)
    page.text_input(key="model to train").set_value("another/model").run()
    assert experiment.COST_UNKNOWN in words(page)
    of_it = {**record, "device": "cpu", "model": "another/model"}
    (path / "run.json").write_text(json.dumps(of_it))
    assert "takes about 30 min on the CPU of this server" in words(page.run())


@pytest.mark.bad_input("K10")
def test_decisions_made_after_a_run_began_are_counted_beside_it(open_page, space):
    space.decisions.decide(decision_of("one", "0", label=("yes",), on=space.dataset))
    make_run(space, "before_two", 1.0, decided=1)
    make_run(space, "on_given", 1.0)
    assert "took its targets" not in words(open_page("retrain", space.path))
    space.decisions.decide(decision_of("two", "1", label=("no",), on=space.dataset))
    page = words(open_page("retrain", space.path))
    assert "1 decision was made or undone after “before_two” took its targets" in page
    space.decisions.undo(decision_of("two", "1").reviewer)
    page = words(open_page("retrain", space.path))
    assert "2 decisions were made or undone after “before_two” took its targets" in page
    assert "“on_given” took its targets" not in page


def test_a_damaged_run_is_a_message_beside_the_others(open_page, two_runs):
    (two_runs.path / "runs/second/run.json").write_text("{")
    page = open_page("retrain", two_runs.path)
    assert "There is no run here that can be read" in words(page)
    assert table(page, "Run")["Run"].tolist() == ["first"]


def test_two_runs_are_compared_on_the_test_samples(open_page, two_runs):
    page = open_page("retrain", two_runs.path)
    metrics = table(page, "accuracy").set_index("Targets")
    # p of the right class is 1 / (1 + exp(-margin)): 0.7311 and 0.9526
    assert metrics["NLL"].to_dict() == {"first": "0.313", "second": "0.049"}
    said = words(page)
    assert "One training each: two models, told apart on the test samples" in said
    found = two_runs.compare("first", "second")
    assert all(line in said for line in found.verdict())
    assert "“second” is better than “first” by NLL cannot be told on these test samples" in said
    assert "Compared with the given labels of 6 test samples, errors included" in said
    assert "overfits after epoch 1" in said


@pytest.mark.bad_input("I17")
def test_trusted_labels_are_the_reference_and_read_elsewhere(open_page, two_runs, monkeypatch):
    monkeypatch.setattr(apart, "SMALL", 0)
    for here in ("labelviz.tables.truth.read_table", "labelviz.tables.apart.read_table"):
        monkeypatch.setattr(here, None)
    page = open_page("retrain", two_runs.path)
    truth = b"id,label\n0,yes\n1,yes\n2,no\n3,no\n"
    page.file_uploader[0].upload("truth.csv", truth, "text/csv").run()
    metrics = table(page, "accuracy").set_index("Targets")
    assert metrics["accuracy"]["first"] == "0.500"
    said = words(page)
    assert "Compared with trusted labels of 4 test samples." in said
    assert "4 of 6 test samples have a trusted label; 2 have none." in said
    assert "errors included" not in said


def test_a_run_that_changes_is_compared_again(open_page, two_runs):
    page = open_page("retrain", two_runs.path)
    shutil.rmtree(two_runs.path / "runs/second")
    make_run(two_runs, "second", 0.0)
    page.run()
    assert table(page, "accuracy").set_index("Targets")["NLL"]["second"] == "0.693"


def test_bad_trusted_labels_are_a_message(open_page, two_runs):
    page = open_page("retrain", two_runs.path)
    page.file_uploader[0].upload("truth.csv", b"id,label\n0,maybe\n", "text/csv").run()
    assert "&#x27;maybe&#x27; is not among the classes" in words(page)


def test_a_run_is_not_compared_with_itself(open_page, two_runs):
    page = open_page("retrain", two_runs.path)
    next(each for each in page.selectbox if each.label == "Run A").set_value("second").run()
    assert "Not compared: A and B are the same run." in words(page)


def test_two_runs_that_learned_nothing_have_no_winner(open_page, tmp_path, write):
    rows = "".join(f"{n},text {n},{'yes' if n % 2 else 'no'},test\n" for n in range(20))
    space = Workspace.create(tmp_path / "collapsed")
    space.load(
        write(f"id,text,label,split\n{rows}"), Columns("text", "label", id="id", split="split")
    )
    for name in ("first", "second"):
        make_run(space, name, 1.0)
        for file in (space.path / "runs" / name / "evaluations").iterdir():
            np.save(file, np.tile(np.float32([1, 0]), (20, 1)))
    said = words(open_page("retrain", space.path))
    assert "Both models answer only “no”: nothing was learned." in said
    assert "Change this first" in said
    assert "by accuracy" not in said


def test_the_finding_of_a_curve_says_whether_it_overfits():
    rising = Curves((), (), ((1.0, 0.5), (2.0, 0.7)))
    assert "overfits after epoch 1" in _curves_finding("A", "r", rising)
    falling = Curves((), (), ((1.0, 0.5), (2.0, 0.4)))
    assert "best validation NLL 0.400 at epoch 2, no overfitting" in _curves_finding(
        "A", "r", falling
    )
    assert "nothing was measured" in _curves_finding("A", "r", Curves((), (), ()))


@pytest.mark.bad_input("K09")
def test_a_class_that_no_training_sample_has_is_said_before_training(open_page, tmp_path, write):
    rows = ROWS.replace("no,test", "no,train")
    space = Workspace.create(tmp_path / "lacking")
    space.load(
        write(f"id,text,label,split\n{rows}"), Columns("text", "label", id="id", split="split")
    )
    said = words(open_page("retrain", space.path))
    assert "no model can learn them: yes (3 test samples)." in said


@pytest.mark.parametrize("name", ["data", "overview", "review", "targets", "retrain"])
def test_a_damaged_run_is_named_where_runs_are_and_no_page_fails(open_page, space, name):
    runs = space.path / "runs"
    for odd, content in (("hard", "{"), ("odd name! <b>", "[]")):
        (runs / odd).mkdir(parents=True)
        (runs / odd / "run.json").write_text(content)
    said = words(open_page(name, space.path))
    assert name != "retrain" or "There is no run here that can be read" in said
