from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from labelviz.core.alarm import Alarm, Outcome
from labelviz.core.calibration import Reliability, reliability
from labelviz.core.distributions import SampleRelation
from labelviz.project.opinions import Opinions
from labelviz.requests import Calibrate, Flag
from labelviz.ui.pages.data.probabilities import RELATIONS, SEEN, VERDICTS, _finding
from tests.conftest import OPINION
from tests.ui.conftest import button, kept, words
from tests.ui.pages.data.conftest import field, table


def test_other_probabilities_can_be_put_in_use(open_page, predicted, write):
    predicted.opinions.read_file(write(OPINION, "later.csv"))
    page = open_page("data", predicted.path)
    shown = table(page, "Kind")
    assert shown["Name"].tolist() == ["opinion", "later"]
    assert shown["Kind"].tolist() == ["unknown origin"] * 2
    assert shown["Agrees with the labels"].tolist() == pytest.approx([4 / 6] * 2)
    chooser = field(page, "selectbox", "Probabilities in use")
    assert chooser.value == "later"
    chooser.set_value("opinion").run()
    assert predicted.opinions.current == "opinion"


def test_every_origin_has_a_word():
    assert set(RELATIONS) == set(get_args(SampleRelation))
    assert set(VERDICTS) == set(get_args(Outcome))


def test_labels_are_checked_by_a_button(open_page, predicted, started):
    page = open_page("data", predicted.path)
    button(page, "Find wrong labels").click().run()
    assert started == [Flag()]


def test_detectors_an_encoder_and_a_log_can_be_chosen(open_page, predicted, started):
    page = open_page("data", predicted.path)
    field(page, "multiselect", "Detectors").set_value(["model", "slices"])
    field(page, "text_input", "Encoder for the nearest neighbours").set_value(" a/b ")
    log = b"id,epoch,no,yes\n2,0,1,0\n"
    field(page, "file_uploader", "Log of a training elsewhere").upload("log.csv", log).run()
    button(page, "Find wrong labels").click().run()
    path = kept(predicted.path, "log.csv", log)
    assert started == [Flag(detectors=("model", "slices"), encoder="a/b", training_log=path)]
    assert path.read_bytes() == log


def test_what_was_checked_is_said(open_page, space):
    said = words(open_page("data", space.path))
    assert "Checked with these probabilities: 2 labels are flagged." in said
    space.goals.cuts.use({"yes": 0.6})
    said = words(open_page("data", space.path))
    assert "Checked with these" not in said
    assert "The flags were made with other thresholds" in said


def test_too_good_to_be_true_is_said_in_the_table_and_loudly(open_page, predicted, monkeypatch):
    alarm = Alarm("alarm", 0.3, 0.99, 0.95, 600)
    known = Opinions.probabilities

    def alarming(self, name=None):
        found = known(self, name)
        return replace(found, provenance=replace(found.provenance, alarm=alarm))

    monkeypatch.setattr(Opinions, "probabilities", alarming)
    page = open_page("data", predicted.path)
    assert table(page, SEEN)[SEEN].tolist() == ["probably"]
    assert alarm.sentence.split(":")[0] in words(page)
    assert "Not to be calibrated" in words(page)
    assert all(each.label != "Calibrate them" for each in page.button)


def test_calibration_is_shown_and_applied_by_a_button(open_page, predicted, started):
    page = open_page("data", predicted.path)
    said = words(page)
    assert "agrees with 0.67: too sure" in said
    button(page, "Calibrate them").click().run()
    assert started == [Calibrate()]


def test_the_finding_says_which_way_the_model_errs(predicted):
    found = reliability(predicted.dataset.given, predicted.opinions.probabilities().values)
    assert "too sure" in _finding(found)
    timid = Reliability(found.count, found.sure * 0.5, found.agree, 0.2)
    assert "not sure enough" in _finding(timid)
    honest = Reliability(found.count, found.agree, found.agree, 0.0)
    assert (
        _finding(honest)
        == "It says 0.67 and agrees with 0.67 of the labels (calibration error 0.000)."
    )
