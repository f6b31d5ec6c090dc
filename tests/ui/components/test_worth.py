from __future__ import annotations

import numpy as np

from labelviz.core.yardstick import Measure
from labelviz.project.workspace import Workspace
from labelviz.ui.components.worth import in_words
from tests.ui.conftest import Open, words


def test_nothing_to_measure_is_a_dash():
    assert in_words(Measure(np.nan, np.nan, np.nan)) == "–"
    assert in_words(Measure(0.5, 0.2, 0.8)) == "50% (20% to 80%)"


def test_without_known_labels_nothing_is_said_of_flags(space: Workspace, open_page: Open):
    said = words(open_page("overview", space.path))
    assert "Not known yet: this takes 30 reviewed random samples" in said
    assert "Flags that are wrong labels" not in said
