"""Compressed files and archives: gzip, bzip2, xz, Zstandard and ZIP, unpacked within bounds."""

from __future__ import annotations

import bz2
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath

from labelviz.errors import FileRefused, in_words
from labelviz.tables.limits import MOST_EXPANDED, MOST_MEMBERS, MOST_RATIO, RATIO_COUNTS_FROM

GZIP, BZIP2, XZ, ZSTANDARD, ZIP = "gzip", "bzip2", "xz", "Zstandard", "ZIP"
MARKS = {b"\x1f\x8b": GZIP, b"BZh": BZIP2, b"\xfd7zXZ": XZ, b"\x28\xb5\x2f\xfd": ZSTANDARD}
MEGABYTE = 1_000_000
OFFICE = "[Content_Types].xml"  # what every archive of Office holds
SAVED = ("state.json", "dataset_info.json", "dataset_dict.json")
TABLES = (".csv", ".tsv", ".tab", ".psv", ".jsonl", ".ndjson", ".json", ".parquet", ".pq", ".xlsx")
LINES = ".txt"  # members of text, which are tables where no member is named as one


class _More(Exception):
    """What was unpacked is longer than it may be."""


class _Other(Exception):
    """A stream that is cut off, or another one behind it."""


def compression(data: bytes) -> str:
    """How a file is compressed, by its first bytes; empty where it is not, or holds several."""
    for mark, kind in MARKS.items():
        if data.startswith(mark):
            return kind
    return ZIP if data.startswith(b"PK\x03\x04") and len(_members(data)) == 1 else ""


def is_archive(data: bytes) -> bool:
    """Whether a file is a ZIP archive of several files, and no workbook."""
    names = [each.filename for each in _members(data)] if data.startswith(b"PK\x03\x04") else []
    return len(names) > 1 and OFFICE not in names


def tables_of(data: bytes, path: Path) -> tuple[list[tuple[Path, bytes]], list[str]]:
    """The tables in an archive, by a path below that of the archive; and the other members.

    Raises
    ------
    FileRefused : it holds no table, names files outside, is damaged, or would become too large.
    """
    members = _members(data)
    names = [each.filename for each in members]
    outside = [n for n in names if n.startswith("/") or "\\" in n or ".." in n.split("/")]
    saved = [n for n in names if PurePosixPath(n).name in SAVED or n.endswith(".arrow")]
    found = [n for n in names if PurePosixPath(n).suffix.lower() in TABLES]
    found = found or [n for n in names if PurePosixPath(n).suffix.lower() == LINES]
    if outside or saved or not found or len(names) > MOST_MEMBERS:
        why = "names files outside itself" if outside else "holds a folder of datasets"
        why = why if outside or saved else "holds no table" if not found else "holds too many files"
        raise FileRefused(
            f"{path.name} {why}: {in_words((outside or saved or names)[:5])}.",
            where=str(path),
            remedy="Unpack it yourself and load what comes out.",
        )
    cap = min(MOST_EXPANDED, max(MOST_RATIO * len(data), RATIO_COUNTS_FROM))
    left, tables = cap, []
    for name in found:
        content = _within(partial(_member, data, name, left), cap, path)
        left -= len(content)
        tables.append((path / name, content))
    return tables, [name for name in names if name not in found]


def decompressed(data: bytes, kind: str, path: Path) -> tuple[bytes, Path]:
    """The content of a compressed file, and its path by the name that the content has.

    Raises
    ------
    FileRefused : it is damaged, would become too large, or holds something behind its content.
    """
    cap = min(MOST_EXPANDED, max(MOST_RATIO * len(data), RATIO_COUNTS_FROM))
    content = _within(lambda: WAYS[kind](data, cap), cap, path)
    inner = PurePosixPath(_members(data)[0].filename).name if kind == ZIP else path.stem
    return content, path.with_name(inner)


def _within(unpack: Callable[[], bytes], cap: int, path: Path) -> bytes:
    """What was unpacked, with the faults of a file in words."""
    try:
        return unpack()
    except _More:
        raise FileRefused(
            f"Stopped: {path.name} would expand to over {cap / MEGABYTE:,.0f} MB.",
            where=str(path),
            remedy="Decompress it yourself if you trust it, and load what comes out.",
        ) from None
    except _Other:
        raise FileRefused(
            f"{path.name} is cut off, or holds more than one file.",
            where=str(path),
            remedy="Decompress it yourself and load what comes out.",
        ) from None
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, zipfile.BadZipFile,
            RuntimeError) as error:  # fmt: skip
        raise FileRefused(
            f"{path.name} is damaged: {error}.", where=str(path), remedy="Fetch it again."
        ) from error


def _members(data: bytes) -> list[zipfile.ZipInfo]:
    """The files in an archive, without what systems put beside them: hidden ones, `__MACOSX`."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [
                each for each in archive.infolist()
                if not each.is_dir() and not any(map(_hidden, each.filename.split("/")))
            ]  # fmt: skip
    except (zipfile.BadZipFile, ValueError, RuntimeError):
        return []


def _hidden(part: str) -> bool:
    return part == "__MACOSX" or (part.startswith(".") and part.strip(".") != "")


def _gzip(data: bytes, cap: int) -> bytes:
    stream = zlib.decompressobj(wbits=31)
    content = stream.decompress(data, cap)
    if stream.unconsumed_tail:
        raise _More
    if not stream.eof or stream.unused_data:
        raise _Other
    return content


def _stream(
    made: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor],
) -> Callable[[bytes, int], bytes]:
    def unpacked(data: bytes, cap: int) -> bytes:
        stream = made()
        content = stream.decompress(data, cap)
        if not stream.eof and not stream.needs_input:
            raise _More
        if not stream.eof or stream.unused_data:
            raise _Other
        return content

    return unpacked


def _zstandard(data: bytes, cap: int) -> bytes:
    import pyarrow as pa

    with pa.CompressedInputStream(pa.BufferReader(data), "zstd") as stream:
        content: bytes = stream.read(cap + 1)
    if len(content) > cap:
        raise _More
    return content


def _zip(data: bytes, cap: int) -> bytes:
    return _member(data, _members(data)[0].filename, cap)


def _member(data: bytes, name: str, cap: int) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(name) as file:
        content = file.read(cap + 1)
    if len(content) > cap:
        raise _More
    return content


WAYS: dict[str, Callable[[bytes, int], bytes]] = {
    GZIP: _gzip,
    BZIP2: _stream(bz2.BZ2Decompressor),
    XZ: _stream(lzma.LZMADecompressor),
    ZSTANDARD: _zstandard,
    ZIP: _zip,
}
