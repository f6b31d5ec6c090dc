"""What the browser is told of a card, and what is made of what it sends back."""

from __future__ import annotations

import json

import numpy as np
import pytest

from labelviz.errors import TargetsRefused
from labelviz.ui.components.answer import Offer, Recent, Sheet, read_answer, sent_to_browser
from labelviz.ui.components.editor import Bars
from tests.conftest import dataset_of

BINARY = dataset_of([0, 1])
CARD = {"sample": "s1", "operation": "op", "texts": "hash"}


def test_a_card_is_told_in_json_with_names_as_visible_plain_text():
    sheet = Sheet(
        "s\u202e1", "op", "hash", Bars(np.array([1.0, 0.0]), (0,), {}, ()),
        choices=(Offer("keep", "Keep \u201c<b>\u202e\u201d", "Q", primary=True),),
        note="<i>\u202e", undo=True, recent=(Recent("s\u202e0", "s\u202e0", "kept"),),
    )  # fmt: skip
    sent = json.loads(json.dumps(sent_to_browser(sheet, BINARY), allow_nan=False))
    assert (sent["sample"], sent["shown"]) == ("s\u202e1", "s\u27e8U+202E\u27e91")
    assert sent["choices"][0]["words"] == "Keep \u201c<b>\u27e8U+202E\u27e9\u201d"
    assert sent["note"] == "<i>\u202e"
    assert sent["recent"] == [
        {"sample": "s\u202e0", "short": "s\u27e8U+202E\u27e90", "status": "kept"}
    ]
    assert (sent["undo"], sent["redo"]) == (True, False)


def test_a_verdict_a_choice_and_a_target_are_read():
    said = read_answer(CARD | {"verdict": "keep", "note": "so"}, BINARY)
    assert (said.sample, said.operation, said.verdict, said.note) == ("s1", "op", "keep", "so")
    assert said.texts == "hash"
    said = read_answer(CARD | {"chosen": 1}, BINARY)
    assert (said.verdict, said.chosen, said.row) == (None, 1, None)
    said = read_answer(CARD | {"row": [0.3, 0.7]}, BINARY)
    assert said.row is not None
    assert said.row.tolist() == [0.3, 0.7]


def test_a_draft_may_decide_nothing():
    said = read_answer(CARD | {"note": "half", "row": None}, BINARY, draft=True)
    assert (said.note, said.verdict, said.chosen, said.row) == ("half", None, None, None)


@pytest.mark.bad_input("F18", "I21")
@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        {},
        CARD | {"sample": "nobody", "chosen": 0},
        CARD | {"sample": ["s0"], "row": [0.5, 0.5]},
        {"sample": "s0", "texts": "hash", "verdict": "keep"},
        {"sample": "s0", "operation": "op", "verdict": "keep"},
        CARD | {"texts": 1, "verdict": "keep"},
        CARD,
        CARD | {"operation": ""},
        CARD | {"operation": 1, "chosen": 1},
        CARD | {"operation": "o" * 1_001, "chosen": 1},
        CARD | {"texts": "t" * 1_001, "chosen": 1},
        CARD | {"verdict": "undo"},
        CARD | {"verdict": "choose"},
        CARD | {"verdict": "keep", "note": 1},
        CARD | {"verdict": "keep", "note": "n" * 10_001},
        CARD | {"chosen": 2},
        CARD | {"chosen": -1},
        CARD | {"chosen": "1"},
        CARD | {"chosen": True},
        CARD | {"row": [0.5, 0.4]},
        CARD | {"row": [2, -1]},
        CARD | {"row": ["x", 1]},
        CARD | {"row": "0.5,0.5"},
    ],
)
def test_what_nobody_can_have_said_of_this_dataset_is_refused(sent):
    with pytest.raises(TargetsRefused):
        read_answer(sent, BINARY)
