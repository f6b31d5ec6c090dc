from __future__ import annotations

import pytest

from labelviz.ui.components.preview import VIEWS
from tests.conftest import decision_of
from tests.ui.conftest import words


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
