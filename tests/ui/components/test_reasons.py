"""Reasons and shares as a person reads them."""

from __future__ import annotations

import numpy as np

from labelviz.core.arrays import strings
from labelviz.core.suspicion import Suspicion
from labelviz.ui.components.reasons import markup, shares_in_words


def suspicion_of(reasons: list[str], **parts: list[float]) -> Suspicion:
    n = len(reasons)
    return Suspicion(
        np.full(n, 0.5), np.full(n, True), np.zeros(n, dtype=np.int64), strings(reasons), ("x",),
        "d", "p", parts={name: np.array(part) for name, part in parts.items()},
    )  # fmt: skip


def test_shares_are_of_what_speaks_against_the_label():
    found = suspicion_of(["a", "b"], model=[3.0, 1.0], neighbours=[1.0, -1.0], votes=[-2.0, -1.0])
    assert shares_in_words(found, 0) == "Against the label: model 75%, neighbours 25%."
    assert shares_in_words(found, 1) == ""


def test_each_reason_is_a_literal_line():
    found = suspicion_of(["The model says “<b>x</b>”.\n3 others say $y$.", ""])
    assert markup(found, 0).count("<li>") == 2
    assert "&lt;b&gt;x&lt;/b&gt;" in markup(found, 0)
    assert markup(found, 1) == ""
