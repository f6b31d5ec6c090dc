from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from labelviz.charts.doors import behind
from labelviz.core.alarm import Alarm
from labelviz.core.files import sha256
from labelviz.core.queue import Queue
from labelviz.layers.known import KINDS
from labelviz.project.opinions import Opinions
from labelviz.project.workspace import Workspace
from labelviz.requests import Decide, MinePairs
from labelviz.tables.columns import Columns
from labelviz.ui.components import chart
from tests.conftest import REVIEWS, decision_of
from tests.ui.conftest import button, sample, words

MINE = "Find new pairs worth a label"


def choose(page, name):
    box = next(each for each in page.checkbox if each.label == KINDS[name].title)
    return box.check().run()


def slider(page, label):
    return next(each for each in page.slider if each.label == label)


def test_without_data_the_way_leads_to_data(open_page, tmp_path, gone):
    page = open_page("targets", tmp_path / "nothing")
    button(page, "Load a file").click().run()
    assert gone == [("data",)]


def test_the_policy_in_use_is_what_the_page_opens_with(open_page, workspace):
    workspace.set_policy("smooth:off=0.2")
    page = open_page("targets", workspace.path)
    on = [each.label for each in page.checkbox if each.value]
    assert KINDS["smooth"].title in on
    assert KINDS["dynamic"].title not in on
    assert slider(page, "Off-label mass").value == pytest.approx(0.2)
    assert button(page, "Use this policy").disabled
    assert "This policy is in use." in words(page)


def test_a_preview_saves_nothing(open_page, workspace):
    page = choose(open_page("targets", workspace.path), "smooth")
    assert "This policy changes the target of 6 of 6 samples." in words(page)
    assert str(workspace.goals.policy) == "hard"


def test_the_button_saves_the_policy_with_its_parameters(open_page, workspace):
    page = choose(open_page("targets", workspace.path), "smooth")
    slider(page, "Off-label mass").set_value(0.25).run()
    button(page, "Use this policy").click().run()
    assert str(workspace.goals.policy) == "smooth:off=0.25"
    assert np.unique(workspace.targets().values).tolist() == [0.25, 0.75]


def test_disputes_are_pooled_where_that_is_chosen(open_page, workspace):
    for name, verdict, label in (("ann", "choose", ("no",)), ("bob", "choose", ("yes",))):
        workspace.decide(decision_of(name, "3", verdict, label=label, reviewer=name))
    page = open_page("targets", workspace.path)
    box = next(each for each in page.selectbox if each.label == "Disputed samples are")
    page = box.set_value("pooled").run()
    assert "This policy changes the target of 1 of 6 samples." in words(page)
    page = button(page, "Use this policy").click().run()
    assert str(workspace.goals.policy) == "people:doubt=0,disputed=pooled"
    assert workspace.targets().values[workspace.dataset.rows["3"]].tolist() == [0.5, 0.5]
    assert button(page, "Use this policy").disabled


def test_a_policy_that_needs_probabilities_says_so_and_the_page_stays(open_page, workspace):
    page = choose(open_page("targets", workspace.path), "dynamic")
    assert "This policy needs a model" in words(page)
    button(page, "Use this policy").click().run()
    assert str(workspace.goals.policy) == "hard"


def test_a_link_shows_the_policy_and_the_view_and_saves_nothing(open_page, predicted):
    text = "dynamic:max=0.3 + people:doubt=0.5"
    page = open_page("targets", predicted.path, policy=text, view="One sample", sample="3")
    assert page.code[0].value == text
    assert "given yes 1.00 → dynamic" in words(page)
    assert str(predicted.goals.policy) == "hard"
    assert open_page("targets", predicted.path, policy="nonsense").code[0].value == "hard"


def test_targets_are_kept_under_a_name_and_begun_with(open_page, workspace):
    page = open_page("targets", workspace.path)
    field = next(each for each in page.text_input if each.label == "Keep these targets as")
    field.set_value("plain")
    button(page, "Keep").click().run()
    assert [each.policy for each in workspace.sets.kept["plain"]] == ["hard"]
    page = open_page("targets", workspace.path, policy="smooth:off=0.2")
    box = next(each for each in page.selectbox if each.label == "Begin with kept targets")
    assert page.code[0].value == "smooth:off=0.2"
    assert box.set_value("@plain").run().code[0].value == "hard"


def test_sources_are_counted(open_page, workspace):
    workspace.set_policy("smooth:off=0.1")
    data = workspace.dataset
    for number, verdict in ((0, "keep"), (1, "exclude")):
        decision = decision_of(f"op{number}", data.ids[number], verdict)
        label = data.label_names(data.given, number) if verdict == "keep" else None
        workspace.decide(replace(decision, label=label))
    said = words(open_page("targets", workspace.path))
    for name, count in (
        ("From the given label", 0),
        ("From the policy", 4),
        ("From reviewers", 2),
        ("Excluded", 1),
    ):
        assert f">{count}<" in said.split(name)[1][:200]


def test_an_export_is_written_and_offered(open_page, workspace):
    page = open_page("targets", workspace.path)
    assert "Nothing was exported yet." in words(page)
    button(page, "Write an export file").click().run()
    assert (workspace.path / "exports/targets-001.csv").is_file()
    assert page.selectbox[-1].value.name == "targets-001.csv"
    assert page.download_button[0].label == "Download the file"
    facts = dict(zip(*(page.dataframe[-1].value[name] for name in ("Fact", "Value")), strict=True))
    assert facts["Rows"] == "6"
    assert facts["Policy"] == "hard"
    path = workspace.path / "exports/targets-001.csv"
    assert facts["File"] == path.name
    assert facts["Size"] == f"{path.stat().st_size:,} bytes"
    assert facts["SHA-256"] == sha256(path)


def test_earlier_exports_stay_on_offer(open_page, workspace):
    workspace.export()
    workspace.export()
    page = open_page("targets", workspace.path)
    assert page.selectbox[-1].options == ["targets-002.csv", "targets-001.csv"]


def test_a_policy_that_rests_on_doubtful_probabilities_says_so(open_page, predicted, monkeypatch):
    alarm = Alarm("alarm", 0.3, 0.99, 0.95, 600)
    known = Opinions.probabilities

    def alarming(self, name=None):
        found = known(self, name)
        return replace(found, provenance=replace(found.provenance, alarm=alarm))

    monkeypatch.setattr(Opinions, "probabilities", alarming)
    page = open_page("targets", predicted.path)
    assert "knows these labels, or seems to" not in words(page)
    assert "knows these labels, or seems to" in words(choose(page, "dynamic"))


def test_format_samples_and_columns_are_chosen(open_page, workspace):
    Decide(verdict="exclude", reviewer="ann", samples=("2",)).run(workspace)
    page = open_page("targets", workspace.path)
    chosen = {each.label: each for each in page.selectbox}
    chosen["Format"].set_value("parquet").run()
    {each.label: each for each in page.selectbox}["Samples"].set_value("Excluded").run()
    assert "Every text exactly as it is, for programs" not in [each.label for each in page.checkbox]
    box = next(each for each in page.checkbox if each.label.startswith("Who or what decided"))
    box.set_value(False).run()
    button(page, "Write an export file").click().run()
    (path,) = workspace.goals.exports
    assert path.name == "targets-001.parquet"
    assert workspace.goals.exports[path]["rows"] == 1
    assert "policy" not in workspace.goals.exports[path]["columns"]


def test_what_another_tool_needs_is_offered_beside_its_file(open_page, workspace):
    page = open_page("targets", workspace.path)
    {each.label: each for each in page.selectbox}["Format"].set_value("label-studio").run()
    button(page, "Write an export file").click().run()
    assert [path.name for path in workspace.goals.exports] == ["targets-001.json"]
    labels = [each.label for each in page.download_button]
    assert labels == ["Download the file", "Download the settings of the project"]
    {each.label: each for each in page.selectbox}["Format"].set_value("datasets").run()
    button(page, "Write an export file").click().run()
    assert (workspace.path / "exports/targets-001/README.md").is_file()
    assert {path.name for path in workspace.goals.exports} == {"targets-001.json", "targets-001"}


def test_the_model_that_trains_elsewhere_is_named_on_the_page(open_page, workspace):
    page = open_page("targets", workspace.path)
    assert [each.label for each in page.text_input] == ["Keep these targets as"]
    box = next(each for each in page.checkbox if each.label == "A folder that trains elsewhere")
    box.check().run()
    page.text_input[-1].set_value("/etc").run()
    assert button(page, "Write an export file").disabled
    page.text_input[-1].set_value("some/encoder").run()
    button(page, "Write an export file").click().run()
    said = workspace.path / "exports/targets-001-training/settings.json"
    assert json.loads(said.read_text("utf-8"))["model"] == "some/encoder"
    assert "Download the training folder" in [each.label for each in page.download_button]


def test_borders_are_doors_to_their_samples(open_page, predicted, write, monkeypatch, gone):
    assert "About no sample: it is decided about all of them." in words(
        open_page("targets", predicted.path)
    )
    rows = "id,no,yes\n6,0.45,0.55\n5,0.5,0.5\n4,0.3,0.7\n3,0.9,0.1\n2,0.8,0.2\n007,0,1\n"
    predicted.opinions.read_file(write(rows, "unsure.csv"))
    found: list[tuple[str, str]] = []

    def clicked(finding, figure, key):
        found.append((finding, key))
        return behind(figure.data[-1].customdata[0]) if key == "borders" else None

    monkeypatch.setattr(chart, "show_doors", clicked)
    open_page("targets", predicted.path)
    assert ("Most often between “no” and “yes”: over 2 samples.", "borders") in found
    queue = Queue(show="all", sort="uncertain", between="no", versus="yes")
    assert gone[-1] == ("review", queue)


def test_new_pairs_are_looked_for_as_a_job_and_lie_among_the_exports(
    open_page, workspace, tmp_path, write, started
):
    assert all(each.label != MINE for each in open_page("targets", workspace.path).button)
    space = Workspace.create(tmp_path / "pairs")
    rows = "".join(f"{n},left {n},right {n},{'yes' if n % 2 else 'no'}\n" for n in range(4))
    space.load(write(f"id,a,b,label\n{rows}"), Columns("a", "label", text_b="b", id="id"))
    page = open_page("targets", space.path)
    button(page, MINE).click().run()
    (request,) = started
    assert request == MinePairs(file=space.path / "exports" / "new-pairs-001.csv")
    request.file.parent.mkdir()
    request.file.write_text("id\n")
    assert space.goals.new_export("new-pairs", ".csv").name == "new-pairs-002.csv"
    assert request.file in space.goals.exports


def test_where_the_policy_in_use_needs_what_is_gone_another_can_be_chosen(
    open_page, predicted, write
):
    predicted.set_policy("dynamic:max=0.2")
    newer = write(REVIEWS.replace("bad film", "worse film"), "newer.csv")
    predicted.load(newer, Columns("text", "label", id="id", slices=("source",)), replace=True)
    page = open_page("targets", predicted.path)
    assert words(page).count("This policy needs a model") == 1
    next(each for each in page.checkbox if each.label == KINDS["dynamic"].title).uncheck().run()
    assert words(page).count("This policy needs a model") == 1  # the one in use, still
    button(page, "Use this policy").click().run()
    assert str(predicted.goals.policy) == "hard"
    assert "This policy needs a model" not in words(page)


def test_the_other_pages_go_on_where_the_policy_in_use_needs_what_is_gone(
    open_page, predicted, write
):
    predicted.set_policy("dynamic:max=0.2")
    newer = write(REVIEWS.replace("bad film", "worse film"), "newer.csv")
    predicted.load(newer, Columns("text", "label", id="id", slices=("source",)), replace=True)
    assert "Given against predicted labels" in words(open_page("overview", predicted.path))
    page = open_page("review", predicted.path, show="all", sort="file")
    assert sample(page) == "007"
