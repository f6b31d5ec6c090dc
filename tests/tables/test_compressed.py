from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest

from labelviz.errors import FileRefused
from labelviz.tables import compressed
from labelviz.tables.compressed import compression, decompressed, tables_of
from labelviz.tables.read import read_table

TEXT = b"text,label\nrain,wet\nsun,dry\n"


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def zstandard(data: bytes) -> bytes:
    out = pa.BufferOutputStream()
    with pa.CompressedOutputStream(out, "zstd") as stream:
        stream.write(data)
    return out.getvalue().to_pybytes()


MADE = {
    "a.csv.gz": gzip.compress(TEXT),
    "a.csv.bz2": bz2.compress(TEXT),
    "a.csv.xz": lzma.compress(TEXT),
    "a.csv.zst": zstandard(TEXT),
    "a.zip": zipped(**{"deep/a.csv": TEXT, "__MACOSX/._a.csv": b"x"}),
}


@pytest.mark.bad_input("A14", "P17")
@pytest.mark.parametrize("name", MADE)
def test_one_file_is_read_from_its_archive(tmp_path: Path, name: str):
    path = tmp_path / name
    path.write_bytes(MADE[name])
    table = read_table(path)
    assert table.frame.to_numpy().tolist() == [["rain", "wet"], ["sun", "dry"]]
    assert any(each.text.startswith("file was decompressed") for each in table.notes)


@pytest.mark.bad_input("A16", "P17")
@pytest.mark.parametrize("name", MADE)
def test_what_would_become_too_large_is_stopped(monkeypatch: pytest.MonkeyPatch, name: str):
    monkeypatch.setattr(compressed, "MOST_EXPANDED", 10)
    with pytest.raises(FileRefused, match="would expand to over"):
        decompressed(MADE[name], compression(MADE[name]), Path(name))


@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv.bz2", "a.csv.xz", "a.csv.zst"])
def test_what_is_cut_off_is_refused(name: str):
    data = MADE[name][:-5]
    with pytest.raises(FileRefused, match=r"cut off|damaged"):
        decompressed(data, compression(data), Path(name))


@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv.bz2"])
def test_a_second_stream_is_refused(name: str):
    data = MADE[name] * 2
    with pytest.raises(FileRefused, match="more than one file"):
        decompressed(data, compression(data), Path(name))


def test_an_archive_of_several_files_is_none_of_one():
    assert compression(zipped(a=TEXT, b=TEXT)) == ""
    assert compression(TEXT) == ""
    assert decompressed(MADE["a.zip"], "ZIP", Path("d/a.zip"))[1] == Path("d/a.csv")


PART = b"text,label\nfog,wet\n"


@pytest.mark.bad_input("P17")
def test_the_tables_of_an_archive_are_one(tmp_path: Path):
    members = {"d/train.csv": TEXT, "d/test.csv": PART, "README.md": b"x", "d/.hidden.csv": b"x"}
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(**members))
    table = read_table(path)
    assert table.frame.to_dict("list") == {
        "text": ["rain", "sun", "fog"], "label": ["wet", "dry", "wet"],
        "split": ["train", "train", "test"],
    }  # fmt: skip
    left = next(each for each in table.notes if each.text == "files in it were left out")
    assert left.examples == ("README.md",)
    path.write_bytes(zipped(**{"LICENSE": b"x", "a/b.csv": TEXT}))
    assert list(read_table(path).frame) == ["text", "label"]
    path.write_bytes(zipped(**{"a/x.csv": TEXT, "b/x.csv": PART}))
    assert list(read_table(path).frame["file"]) == ["a/x.csv", "a/x.csv", "b/x.csv"]


@pytest.mark.bad_input("P17")
@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"a.csv": TEXT, "b.csv": b"name,age\nAnn,3\n"}, "a.csv and b.csv are no parts"),
        ({"../a.csv": TEXT, "b.csv": PART}, "names files outside itself"),
        ({"a.png": b"x", "b.png": b"x"}, "holds no table"),
        ({"state.json": b"{}", "data.arrow": b"x"}, "holds a folder of datasets"),
        ({"a.csv.gz": gzip.compress(TEXT), "b.bin": b"x"}, "holds no table"),
    ],
)
def test_an_archive_that_is_no_table_is_refused(
    tmp_path: Path, members: dict[str, bytes], words: str
):
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(**members))
    with pytest.raises(FileRefused, match=words) as refused:
        read_table(path)
    assert "a.zip" in refused.value.where


@pytest.mark.bad_input("A16", "P17")
def test_an_archive_that_would_become_too_large_is_stopped(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(compressed, "MOST_EXPANDED", len(TEXT) + len(PART) - 1)
    with pytest.raises(FileRefused, match="would expand to over"):
        tables_of(zipped(a=b"x", **{"a.csv": TEXT, "b.csv": PART}), Path("a.zip"))


def test_a_tar_archive_is_refused_by_name(tmp_path: Path):
    path = tmp_path / "a.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("a.csv"))
    with pytest.raises(FileRefused, match="a tar archive, which has to be unpacked first"):
        read_table(path)
