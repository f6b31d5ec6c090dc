from __future__ import annotations

import pytest

from labelviz.models import precision as choosing
from labelviz.models.loading import load_encoder
from labelviz.models.place import Copy, Here, place_for


def test_here_pieces_are_done_one_after_the_other_as_they_are_asked_for(tiny):
    asked = []

    def pieces():
        for piece in range(3):
            asked.append(piece)
            yield piece

    encoder = load_encoder(tiny)
    turns = Here(encoder).in_turn(lambda copy, piece: (copy.exact is encoder, piece * 2), pieces())
    assert next(turns) == (0, (True, 0))
    assert asked == [0]
    assert list(turns) == [(1, (True, 2)), (2, (True, 4))]


def test_here_is_this_machine_and_says_nothing_of_itself(tiny, monkeypatch):
    monkeypatch.setattr(choosing, "fastest", lambda device: f"fast on {device}")
    encoder = load_encoder(tiny)
    with place_for("", encoder, tiny, load_encoder) as place:
        assert (place.device, place.sentence) == (encoder.device, "")
        assert place.fastest == f"fast on {encoder.device}"


@pytest.mark.parametrize("asked", ["float32", "bfloat16"])
def test_a_copy_is_made_once_in_each_precision(tiny, asked):
    copy = Copy(load_encoder(tiny))
    assert copy.within(asked) is copy.within(asked)
    assert copy.within(asked).precision == asked
    assert copy.exact.precision == "float32"
