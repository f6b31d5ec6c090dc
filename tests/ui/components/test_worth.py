from __future__ import annotations

import numpy as np
import pytest

from labelviz.core.yardstick import Measure
from labelviz.project.workspace import Workspace
from labelviz.tables import apart
from labelviz.ui.components.worth import in_words
from tests.ui.conftest import Open, words


def test_nothing_to_measure_is_a_dash():
    assert in_words(Measure(np.nan, np.nan, np.nan)) == "–"
    assert in_words(Measure(0.5, 0.2, 0.8)) == "50% (20% to 80%)"


def test_without_known_labels_nothing_is_said_of_flags(space: Workspace, open_page: Open):
    said = words(open_page("overview", space.path))
    assert "Not known yet: this takes 30 reviewed random samples" in said
    assert "Flags that are wrong labels" not in said


@pytest.mark.bad_input("I17")
def test_trusted_labels_say_it_and_are_read_elsewhere(
    space: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch
):
    space.findings.flag()
    page = open_page("overview", space.path)
    monkeypatch.setattr(apart, "SMALL", 0)
    for here in ("labelviz.tables.truth.read_table", "labelviz.tables.apart.read_table"):
        monkeypatch.setattr(here, None)
    field = next(each for each in page.file_uploader if each.label.startswith("Trusted labels"))
    field.upload("truth.csv", b"id,label\n6,yes\n5,yes\n4,yes\nnobody,no\n", "text/csv").run()
    assert "Flags that are wrong labels" in words(page)
