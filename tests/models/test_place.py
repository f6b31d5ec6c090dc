from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from labelviz.models import place as placing
from labelviz.models import precision as choosing
from labelviz.models.loading import load_encoder
from labelviz.models.place import Copy, Here, own_folder, place_for


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


def test_a_copy_elsewhere_lies_in_a_folder_called_like_its_own(tiny):
    files = {each.name: each.read_bytes() for each in Path(tiny).iterdir() if each.is_file()}
    encoder = load_encoder(tiny)
    with Copy(encoder, files).lying() as folder:
        assert Path(folder).parts[-2:] == Path(tiny).parts[-2:]
        assert load_encoder(folder).model_hash == encoder.model_hash
    assert not Path(folder).exists()
    with Copy(encoder).lying() as folder:
        assert folder == str(tiny)


def test_old_folders_of_processes_that_are_gone_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(placing.tempfile, "tempdir", str(tmp_path))
    gone, long_ago = 2**22 + 1, time.time() - placing.ABANDONED_SECONDS - 60
    left = {
        name: tmp_path / f"labelviz-node-fold-{process}-x"
        for name, process in (("gone", gone), ("alive", os.getpid()))
    }
    left["new"] = tmp_path / f"labelviz-node-model-{gone}-y"
    left["other"] = tmp_path / "somebody-else"
    for name, folder in left.items():
        (folder / "model").mkdir(parents=True)
        if name != "new":
            os.utime(folder, (long_ago, long_ago))
    with own_folder("fold") as mine:
        assert mine.name.startswith(f"labelviz-node-fold-{os.getpid()}-")
        assert {name for name, folder in left.items() if folder.exists()} == {
            "alive", "new", "other",
        }  # fmt: skip
    assert not mine.exists()
