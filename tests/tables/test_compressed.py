from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest

from labelviz.errors import FileRefused
from labelviz.tables import compressed
from labelviz.tables.compressed import compression, decompressed
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
