"""Reasons and shares as a person reads them."""

from __future__ import annotations

import re
from dataclasses import replace

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


def test_shares_are_of_what_raises_the_suspicion():
    found = suspicion_of(["a", "b"], model=[3.0, 1.0], neighbours=[1.0, -1.0], votes=[-2.0, -1.0])
    assert shares_in_words(found, 0) == "What raises the suspicion: model 75%, neighbours 25%."
    assert shares_in_words(found, 1) == ""
    assert shares_in_words(replace(found, score=np.array([0.004, 0.5])), 0) == ""


def test_reasons_for_the_label_are_told_from_those_against_it():
    both = replace(suspicion_of(["a.\nb.\nc.", "d.", "e."]), supporting=np.array([1, 0, 1]))
    assert re.findall("Against the label|For the label|[a-e][.]", markup(both, 0)) == [
        "Against the label", "a.", "b.", "For the label", "c.",
    ]  # fmt: skip
    assert "the label" not in markup(both, 1)
    assert re.findall("Against the label|For the label|[a-e][.]", markup(both, 2)) == [
        "For the label", "e.",
    ]  # fmt: skip


def test_each_reason_is_a_literal_line():
    found = suspicion_of(["The model says “<b>x</b>”.\n3 others say $y$.", ""])
    assert markup(found, 0).count("<li>") == 2
    assert "&lt;b&gt;x&lt;/b&gt;" in markup(found, 0)
    assert markup(found, 1) == ""
