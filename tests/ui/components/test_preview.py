from __future__ import annotations

import pytest

from labelviz.core.queue import Queue
from labelviz.project.workspace import Workspace
from labelviz.requests import Decide
from labelviz.tables.columns import Columns
from labelviz.ui.components.preview import VIEWS
from tests.conftest import decision_of
from tests.ui.conftest import button, words


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_drawn(open_page, predicted, view: str):
    page = open_page("targets", predicted.path, policy="dynamic:max=0.3", view=view)
    assert not page.exception
    assert page.button_group[0].value == view


def test_what_every_layer_changed_stands_in_a_table(open_page, predicted):
    predicted.decide(decision_of("1", "3", "choose", label=("no",)))
    page = open_page("targets", predicted.path, policy="smooth:off=0.2 + duplicates:power=1")
    table = page.dataframe[0].value.to_dict("list")
    assert table["Samples changed"] == ["0", "6", "1", "0"]
    assert table["Mass moved, on average"][1] == "0.200"


def test_the_softest_and_the_hardest_are_listed(open_page, predicted):
    page = open_page("targets", predicted.path, policy="dynamic:max=0.4", view="One sample")
    softest, hardest = (each.value.to_dict("records") for each in page.dataframe[:2])
    targets = predicted.targets(predicted.sets.policy("dynamic:max=0.4")).values.max(axis=1)
    rows = predicted.dataset.rows
    assert targets[rows[softest[0]["Sample"]]] == targets.min()
    assert targets[rows[hardest[0]["Sample"]]] == targets.max()


def test_a_sample_that_is_not_there_is_said(open_page, predicted):
    page = open_page("targets", predicted.path, view="One sample")
    field = next(each for each in page.text_input if each.label == "Sample")
    assert "There is no such sample." in words(field.set_value("nobody").run())


def test_kept_targets_are_compared_with_those_on_the_screen(open_page, predicted):
    predicted.sets.keep("plain")
    page = open_page(
        "targets", predicted.path, policy="smooth:off=0.2", view="Against kept targets"
    )
    assert "6 of 6 samples differ, 0 of them in the label" in words(page)
    assert page.dataframe[0].value["Distance"].tolist() == ["0.200"] * 6


def test_a_threshold_is_moved_along_its_curve(open_page, tmp_path, write):
    rows = "".join(f"{n},text {n},{'no' if n % 3 else 'yes'}\n" for n in range(60))
    space = Workspace.create(tmp_path / "cuts")
    space.load(write(f"id,text,label\n{rows}"), Columns("text", "label", id="id"))
    p = "".join(f"{n},{0.9 if n % 3 else 0.7},{0.1 if n % 3 else 0.3}\n" for n in range(60))
    space.opinions.read_file(write(f"id,no,yes\n{p}", "p.csv"))
    page = open_page("targets", space.path, view="Thresholds")
    assert "none does before 30 random samples are reviewed" in words(page)
    Decide(verdict="keep", reviewer="ann", at_most=60, queue=Queue(show="all", sort="random")).run(
        space
    )
    page = open_page("targets", space.path, view="Thresholds")
    assert "From 0.50 on F1 is 0.000; from the best, 0.20, it is 1.000" in words(page)
    button(page, "Use the best of every class").click().run()
    assert space.goals.cuts.in_use.tolist() == pytest.approx([0.5, 0.2])
