"""Find out how a file's text is encoded, and never guess where two ways are possible."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from itertools import islice

from labelviz.errors import ChoiceNeeded, FileRefused, Way
from labelviz.tables.table import Note

UTF_8 = "utf-8"
# Byte-order marks, the longer first where one starts another.
MARKS = {
    codecs.BOM_UTF8: UTF_8,
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# Encodings to offer. Latin-1 is none of them: it accepts every byte and yields nonsense.
LEGACY = ("gb18030", "big5", "shift_jis", "euc_kr", "cp1252", "cp1251")
# Share of NUL bytes above which a file is no UTF-8 text; ASCII in UTF-16 has a half.
MOST_NULS = 0.1
MOST_BAD = 0.1  # share of invalid among all non-ASCII bytes up to which a file is UTF-8 with damage
SAMPLE_LINES = 400
PREVIEW_LINES = 3
PREVIEW_WIDTH = 120
PIECE = 1 << 20  # bytes decoded at a time, so that checking a large file needs little memory
NOT_ASCII = re.compile(rb"[^\r\n]*[\x80-\xff][^\r\n]*")


@dataclass(frozen=True)
class Decoded:
    """Text as UTF-8 bytes without byte-order mark; what could not be decoded is invalid UTF-8."""

    data: bytes
    encoding: str
    notes: tuple[Note, ...] = ()


def as_utf8(data: bytes, where: str, encoding: str = "") -> Decoded:
    """The text of a file as UTF-8; a few bad bytes stay, for their rows to be set aside.

    Parameters
    ----------
    encoding : a codec's name; found out where empty.

    Raises
    ------
    ChoiceNeeded : the bytes are text in one of several encodings.
    FileRefused : they are no text, or there is no such encoding.
    """
    mark = next((mark for mark in MARKS if data.startswith(mark)), None)
    if mark is not None and encoding in ("", "utf-8-sig", "utf-16", "utf-32", MARKS[mark]):
        return _marked(data, mark, where)
    if encoding:
        return Decoded(_transcoded(data, encoding, where), encoding)
    if data.count(b"\0") > len(data) * MOST_NULS:
        raise _looks_like_utf_16(data, where)
    if not data.isascii() and not _is_utf8(data):
        raise _ask(data, where)
    return Decoded(data, UTF_8)


def visibly(line: str) -> str:
    """The start of a line, fit for a preview."""
    return line[:PREVIEW_WIDTH]


def _marked(data: bytes, mark: bytes, where: str) -> Decoded:
    """Text whose byte-order mark says what it is; the mark is removed, however often it stands."""
    count = 0
    while data.startswith(mark):
        data = data[len(mark) :]
        count += 1
    encoding = MARKS[mark]
    note = Note("byte-order mark was removed from the start of the file", count)
    if count > 1:
        note = Note("byte-order marks were removed from the start of the file", count)
    return Decoded(_transcoded(data, encoding, where), encoding, (note,))


def _transcoded(data: bytes, encoding: str, where: str) -> bytes:
    try:
        if codecs.lookup(encoding).name == UTF_8:
            return data
        try:
            return data.decode(encoding).encode(UTF_8)
        except UnicodeError:
            wide = codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))
            text = data.decode(encoding, "surrogatepass" if wide else "surrogateescape")
            return text.encode(UTF_8, "surrogatepass")
    except LookupError as error:
        raise FileRefused(
            f"There is no text encoding {encoding!r}.",
            where=where,
            remedy=f"Choose utf-8, utf-16 or one of {', '.join(LEGACY)}.",
        ) from error
    except UnicodeError as error:
        raise FileRefused(
            f"The file is not {encoding} text.",
            where=f"{where}, byte {getattr(error, 'start', 0)}",
            remedy="Choose another encoding.",
        ) from error


def _is_utf8(data: bytes) -> bool:
    """Whether it decodes, or nearly all of its non-ASCII bytes do."""
    decoder, view = codecs.getincrementaldecoder(UTF_8)(), memoryview(data)
    try:
        for start in range(0, len(data), PIECE):
            decoder.decode(view[start : start + PIECE], final=start + PIECE >= len(data))
    except UnicodeDecodeError:
        text = data.decode(UTF_8, "surrogateescape")
        bad = sum("\udc80" <= character <= "\udcff" for character in text if character > "\x7f")
        high = sum(len(run) for run in re.findall(rb"[\x80-\xff]+", data))
        return bad <= high * MOST_BAD
    return True


def _looks_like_utf_16(data: bytes, where: str) -> ChoiceNeeded | FileRefused:
    ways = []
    for encoding in ("utf-16-le", "utf-16-be"):
        text = data[: 2 * PREVIEW_WIDTH * PREVIEW_LINES].decode(encoding, "replace")
        if "\n" in text and "\0" not in text and _decodes(data, encoding):
            ways.append(Way(encoding, tuple(map(visibly, text.splitlines()[:PREVIEW_LINES]))))
    if not ways:
        return FileRefused(
            "The content of the file is binary data.",
            where=where,
            remedy="Save the table as UTF-8 text, Parquet or an Excel workbook.",
        )
    return ChoiceNeeded(
        "The file looks like UTF-16 without a marker.",
        where=where,
        option="encoding",
        ways=ways,
    )


def _ask(data: bytes, where: str) -> ChoiceNeeded | FileRefused:
    """What to raise for bytes that are not UTF-8."""
    lines = [match[0] for match in islice(NOT_ASCII.finditer(data), SAMPLE_LINES)]
    sample = b"\n".join(lines)
    names = _ranked(sample, [name for name in LEGACY if _decodes(sample, name)])
    previews = {name: sample.decode(name).split("\n")[:PREVIEW_LINES] for name in names}
    previews[UTF_8] = sample.decode(UTF_8, "backslashreplace").split("\n")[:PREVIEW_LINES]
    first = _first_bad(data)
    line = data.count(b"\n", 0, first) + 1
    return ChoiceNeeded(
        "The file is not UTF-8 text.",
        where=f"{where}, line {line}, byte {first}",
        remedy="Choose the encoding whose preview reads right; utf-8 sets the bad rows aside.",
        option="encoding",
        ways=[Way(name, tuple(map(visibly, lines))) for name, lines in previews.items()],
    )


def _first_bad(data: bytes) -> int:
    try:
        data.decode(UTF_8)
    except UnicodeDecodeError as error:
        return error.start
    return 0


def _ranked(sample: bytes, names: list[str]) -> list[str]:
    """Encodings that decode the sample, the one that yields the most plausible text first."""
    from charset_normalizer import from_bytes

    if not names:
        return names
    found = [each.encoding for each in from_bytes(sample, cp_isolation=names)]
    return sorted(names, key=lambda name: found.index(name) if name in found else len(found))


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeError:
        return False
    return True
