from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

from labelviz.errors import ChoiceNeeded, FileRefused, InputRefused
from labelviz.tables import apart
from labelviz.tables.apart import read_apart
from labelviz.tables.options import ReadOptions
from labelviz.tables.read import read_table
from tests.conftest import REVIEWS, assert_message

NONE, SMALL = ReadOptions(), apart.SMALL


@pytest.fixture(autouse=True)
def _nothing_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "SMALL", 0)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", REVIEWS + "9,ragged\n\n"),
        ("a.jsonl", '{"id": "1", "t\\u202e": "a\\nb", "y": null}\n{"id": "2", "y": [1, 2]}\n'),
        ("a.jsonl", '{"id": "1", "t": "a\\ud800"}\n{"id": "2", "t": "ok"}\n'),
        ("a.csv.gz", gzip.compress(REVIEWS.encode())),
        ("a.csv", "_unit_id,_golden,sky,sky:confidence,mood,mood:confidence\n1,false,a,1,b,1\n"),
    ],
)
def test_a_file_read_apart_is_the_same_table(write, tmp_path: Path, name: str, content):
    path = write(content, name)
    found, wanted = read_apart(path, NONE, lambda: tmp_path), read_table(path)
    assert found.frame.to_dict("split") == wanted.frame.to_dict("split")
    assert found.frame.index.name == "line"
    assert list(found.frame.dtypes) == list(wanted.frame.dtypes)
    assert replace(found, frame=wanted.frame) == wanted


def test_the_cells_of_a_file_read_apart_stay_on_the_disk(write, tmp_path: Path):
    import pyarrow as pa

    path = write("id,text\n" + "".join(f"{row},{'x' * 2_000}\n" for row in range(2_000)))
    taken = pa.total_allocated_bytes()
    table = read_apart(path, NONE, lambda: tmp_path)
    assert pa.total_allocated_bytes() - taken < 100_000
    assert table.frame["text"].str.len().eq(2_000).all()
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_what_has_to_be_chosen_is_asked_from_there_too(write, tmp_path: Path):
    path = write("id;text,label\n1;a,yes\n2;b,no\n3;c,yes\n")
    with pytest.raises(ChoiceNeeded) as here:
        read_table(path)
    with pytest.raises(ChoiceNeeded) as there:
        read_apart(path, NONE, lambda: tmp_path)
    assert vars(there.value) == vars(here.value)
    chosen = ReadOptions(delimiter=";", skip=(2,))
    assert read_apart(path, chosen, lambda: tmp_path).options == read_table(path, chosen).options


def test_a_refusal_is_the_same(write, tmp_path: Path):
    for content in ('id,text\n1,"open\n', b"%PDF-1.7"):
        with pytest.raises(InputRefused) as here:
            read_table(write(content, "bad.csv"))
        with pytest.raises(InputRefused) as there:
            read_apart(tmp_path / "bad.csv", NONE, lambda: tmp_path)
        assert type(there.value) is type(here.value)
        assert vars(there.value) == vars(here.value)
    with pytest.raises(FileRefused, match="There is no file"):
        read_apart(tmp_path / "absent.csv", NONE, lambda: tmp_path)


@pytest.mark.bad_input("H19", "I17")
@pytest.mark.parametrize(("limit", "value"), [("SECONDS", 0.01), ("SHARE_OF_MEMORY", 10**9)])
def test_what_takes_too_much_is_stopped_and_said(
    write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: float
):
    path = write(REVIEWS, "reviews.csv")
    if limit == "SHARE_OF_MEMORY":
        script = f"from labelviz.tables import apart; apart.{limit} = {value}; import sys; "
        script += "from pathlib import Path; apart.main(Path(sys.argv[1]))"
        run = apart.subprocess.run

        def limited(command: list[str], **how: object) -> object:
            return run([command[0], "-c", script, command[-1]], **how)

        monkeypatch.setattr(apart.subprocess, "run", limited)
    else:
        monkeypatch.setattr(apart, limit, value)
    with pytest.raises(FileRefused) as refused:
        read_apart(path, NONE, lambda: tmp_path)
    assert_message(
        refused.value,
        "Reading reviews.csv came to no end",
        "reviews.csv",
        "Nothing",
        "labelviz load",
    )
    assert [each.name for each in tmp_path.iterdir()] == ["reviews.csv"]


def test_what_is_small_and_plain_is_read_at_once(write, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(apart, "SMALL", SMALL)
    monkeypatch.setattr(apart.subprocess, "run", None)
    assert len(read_apart(write(REVIEWS), NONE, lambda: tmp_path).frame) == 6
    keys = "".join(json.dumps({"id": str(n), f"key {n}": 1}) + "\n" for n in range(800))
    for content, name in (
        (gzip.compress(REVIEWS.encode()), "a.csv.gz"),
        (json.dumps([{"id": "x" * 20_000}]), "a.json"),
        (f"{','.join(f'column {n}' for n in range(500))}\n", "wide.csv"),
        (f"id,text\n1,{'x' * 1_000_000}\n", "large.csv"),
        (f"\ufeff \n{keys}", "keys.jsonl"),
        (f"{' ' * 5_000}{keys}", "late.jsonl"),
    ):
        with pytest.raises(TypeError):
            read_apart(write(content, name), NONE, lambda: tmp_path)
