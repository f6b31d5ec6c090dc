"""Read delimited text: fast where a block is clean, field by field where it is not.

Both ways give the same table. A block of a few megabytes is clean if all its quotes open and close
fields; then its records are the stretches between line breaks outside quotes, which numpy finds,
and pyarrow splits them into fields. Anything else (a NUL, a bad byte, a row with too few fields, a
stray quote) sends that block, and only that, through the csv module.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from labelviz.core.arrays import Integers
from labelviz.errors import ChoiceNeeded, FileRefused, Way, in_words
from labelviz.tables.encodings import visibly
from labelviz.tables.limits import LONGEST_FIELD, MOST_LINES_QUOTED
from labelviz.tables.options import ReadOptions
from labelviz.tables.table import Quarantined

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK = 1 << 23
WORKERS = 2
DELIMITERS = (",", "\t", ";", "|")
# Share of rows that must have as many fields as the first for a delimiter to be plausible.
CONSISTENT = 0.9
SAMPLE_BYTES = 1 << 18
SAMPLE_ROWS = 200
PREVIEW_ROWS = 3
EXCERPT = 200
NO_QUOTE = "none"
COMMENT = "comment line"
LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)?")
BARE_RETURN = re.compile(rb"\r(?!\n)")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Record:
    """One record: its bytes from start to end, its first physical line, and the one after it."""

    line: int
    fields: list[str]
    start: int
    end: int
    next_line: int


@dataclass(frozen=True)
class Piece:
    """Consecutive records of a file.

    Parameters
    ----------
    table : those with as many fields as there are columns, as text.
    lines : their first physical lines.
    """

    table: pa.Table
    lines: Integers
    blank: int = 0
    quarantined: tuple[Quarantined, ...] = ()


@dataclass(frozen=True)
class Text:
    """Delimited text as UTF-8 bytes, with how it is split.

    Parameters
    ----------
    data : no byte-order mark; bad bytes are kept.
    options : delimiter, quote, escape and newline are settled; comment may be.
    where : the file, for messages.
    """

    data: bytes
    options: ReadOptions
    where: str

    def reader(self, lines: Iterator[str], *, strict: bool = True) -> Any:
        """The csv module's reader over lines of this text."""
        csv.field_size_limit(LONGEST_FIELD)
        options = self.options
        quoted = options.quote != NO_QUOTE
        return csv.reader(
            lines,
            delimiter=options.delimiter,
            quotechar=options.quote if quoted else None,
            quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
            doublequote=options.escape != "backslash",
            escapechar="\\" if options.escape == "backslash" else None,
            strict=strict,
        )

    def records(self, start: int = 0, line: int = 1) -> Iterator[Record]:
        """Read record by record from a byte offset that starts one.

        Raises
        ------
        FileRefused : a quote never closes, or is followed by text; a cell is too long.
        ChoiceNeeded : a carriage return alone ends a row, and nobody said that it may.
        """
        fed = _Lines(self.data, start)
        reader = self.reader(fed)
        try:
            for fields in reader:
                following = line + fed.count
                self._check_break(fed, line)
                yield Record(line, fields, start, fed.offset, following)
                start, line, fed.count = fed.offset, following, 0
        except csv.Error as error:
            if "field larger" in str(error) and fed.count <= MOST_LINES_QUOTED:
                raise self._too_long(start, line) from error
            raise self._bad(str(error), line) from error

    def _check_break(self, fed: _Lines, line: int) -> None:
        if not fed.last.endswith(b"\r") or self.options.newline == "cr":
            return
        row = fed.last[:-1].decode("utf-8", "replace")
        rest = self.data[fed.offset : fed.offset + SAMPLE_BYTES].decode("utf-8", "replace")
        following = (rest.splitlines() or [""])[0]
        raise ChoiceNeeded(
            "A carriage return stands alone in this file: it may end a row, or be text.",
            where=f"{self.where}, line {line}",
            option="newline",
            ways=[
                Way("cr", (visibly(row), visibly(following))),
                Way("lf", (visibly(f"{row}␍{following}"),)),
            ],
        )

    def _bad(self, error: str, line: int) -> FileRefused | ChoiceNeeded:
        where = f"{self.where}, line {line}"
        quote = self.options.quote.encode()
        if self.options.escape == "double" and b"\\" + quote in self.data:
            other = replace(self.options, escape="backslash")
            return ChoiceNeeded(
                "Quotes inside fields look escaped by a backslash.",
                where=where,
                option="escape",
                ways=[Way("backslash", Text(self.data, other, self.where).preview())],
            )
        if self.options.delimiter == "\t" and self.options.quote != NO_QUOTE:
            return self.ask_quotes("A quote stands where none can.", where)
        if "unexpected end of data" in error or "field larger" in error:
            return self._never_closes(line)
        return FileRefused(
            f"Bad CSV: {error}.",
            where=where,
            remedy="Quote fields that hold commas, quotes or line breaks; double inner quotes.",
        )

    def ask_quotes(self, what: str, where: str) -> ChoiceNeeded:
        """Ask whether quotes are text, as in tables with tabs that quote nothing."""
        none = Text(self.data, replace(self.options, quote=NO_QUOTE), self.where)
        return ChoiceNeeded(
            f"{what} Many tables with tabs quote nothing, and a quote in them is text.",
            where=where,
            option="quote",
            ways=[Way(NO_QUOTE, none.preview()), Way(self.options.quote, self.preview())],
        )

    def _too_long(self, start: int, line: int) -> FileRefused:
        """A cell over the limit: the longest start of its row that can be read ends inside it."""
        column = 1
        for end in range(start + LONGEST_FIELD, len(self.data), LONGEST_FIELD):
            part = self.data[start:end].decode("utf-8", "surrogateescape")
            try:
                column = len(next(self.reader(iter([part]), strict=False)))
            except csv.Error:
                break
        return FileRefused(
            f"A cell holds more than {LONGEST_FIELD:,} characters, the most that can be read.",
            where=f"{self.where}, line {line}, column {column}",
            remedy="Shorten it; or close the quote before it, if one was left open.",
        )

    def _never_closes(self, line: int) -> FileRefused:
        return FileRefused(
            f"A quote opened on line {line} never closes.",
            where=f"{self.where}, line {line}",
            remedy="Quote fields that hold commas, quotes or line breaks; double inner quotes.",
        )

    def sample(self) -> list[list[str]]:
        """The fields of the first records that are not blank, however odd their quotes are."""
        start = self.data[:SAMPLE_BYTES]
        whole = start if len(start) == len(self.data) else start[: start.rfind(b"\n") + 1] or start
        lines = _Lines(whole, 0)
        rows: list[list[str]] = []
        try:
            line = 1
            for row in self.reader(lines, strict=False):
                if row and not self.is_comment(row) and line not in self.options.skip:
                    rows.append(row)
                line = lines.count + 1
                if len(rows) > SAMPLE_ROWS:
                    break
        except csv.Error:
            pass
        return rows

    def preview(self) -> tuple[str, ...]:
        """The first records, fields apart, fit to be shown."""
        return tuple(visibly(" ¦ ".join(row)) for row in self.sample()[:PREVIEW_ROWS])

    def is_comment(self, fields: Sequence[str]) -> bool:
        """Whether a record is a comment by the options."""
        mark = self.options.comment
        return mark not in ("", "none") and fields[0].startswith(mark)


def settle_text(data: bytes, options: ReadOptions, where: str) -> Text:
    """Find out what the options leave open: line breaks, quote, escape and delimiter.

    Raises
    ------
    ChoiceNeeded : several delimiters split the rows alike.
    FileRefused : an option that is given makes no sense.
    """
    _check_options(options, where)
    newline = options.newline
    if not newline and b"\n" not in data and b"\r" in data:
        newline = "cr"
    settled = replace(
        options, quote=options.quote or '"', escape=options.escape or "double", newline=newline
    )
    if not settled.delimiter:
        settled = replace(settled, delimiter=_delimiter(data, settled, where))
    return Text(data, settled, where)


def _check_options(options: ReadOptions, where: str) -> None:
    single = [options.delimiter, "" if options.quote == NO_QUOTE else options.quote]
    usable = all(
        len(each) <= 1 and each.isascii() and each not in "\r\n\0" for each in single if each
    )
    if not usable or (options.delimiter and options.delimiter == options.quote):
        raise FileRefused(
            f"The file cannot be read with these options: {in_words(filter(None, single))}.",
            where=where,
            remedy="Use one ASCII character as delimiter, and another as quote.",
        )


def _delimiter(data: bytes, options: ReadOptions, where: str) -> str:
    """The one delimiter that gives the header several fields and the rows as many."""
    samples = {
        mark: Text(data, replace(options, delimiter=mark), where).sample() for mark in DELIMITERS
    }
    shares = {
        mark: sum(len(row) == len(rows[0]) for row in rows) / len(rows) if rows else 1.0
        for mark, rows in samples.items()
    }
    several = [mark for mark in DELIMITERS if samples[mark] and len(samples[mark][0]) > 1]
    if not several and shares[","] == 1:
        return ","
    if len(several) == 1:
        return several[0]
    steady = [mark for mark in several if shares[mark] >= CONSISTENT]
    if len(steady) == 1:
        return steady[0]
    under = [mark for mark in DELIMITERS if not several and _even(samples[mark][1:])]
    if len(under) == 1:
        return under[0]
    candidates = steady or several or [",", "\t"]
    raise ChoiceNeeded(
        "The rows can be split in several ways.",
        where=where,
        option="delimiter",
        ways=[
            Way(mark, tuple(visibly(" ¦ ".join(row)) for row in samples[mark][:PREVIEW_ROWS]))
            for mark in sorted(candidates, key=lambda mark: -shares[mark])
        ],
    )


def _even(rows: Sequence[Sequence[str]]) -> bool:
    """Whether all rows, as under a title, have the same number of fields, and several."""
    return len({len(row) for row in rows}) == 1 and len(rows[0]) > 1


def without_bare_returns(data: bytes) -> tuple[bytes, str]:
    """The data with each carriage return that stands alone replaced, and by which character."""
    free = (chr(code) for code in range(0xE000, 0xF900))
    mark = next(each for each in free if each.encode() not in data)
    return BARE_RETURN.sub(mark.encode(), data), mark


def parse(text: Text, names: Sequence[str], start: int = 0, line: int = 1) -> Piece:
    """All records from a byte offset on.

    Parameters
    ----------
    names : of the columns; a record with another number of fields is set aside.
    start, line : where the first record starts.

    Raises
    ------
    FileRefused : a quote never closes, or is followed by text.
    """
    import pyarrow as pa

    pieces: list[Piece] = []
    waiting: deque[Future[Piece]] = deque()
    with ThreadPoolExecutor(WORKERS) as pool:
        while start < len(text.data):
            block = _clean_block(text, start, line)
            if block is not None:
                waiting.append(pool.submit(_fast, text, block, names))
                start, line = block.end, block.next_line
            if block is None or len(waiting) > 2 * WORKERS:
                pieces.extend(each.result() for each in waiting)
                waiting.clear()
            if block is None:
                walked = _careful(text, start, line, start + BLOCK, names)
                pieces.append(walked.piece)
                start, line = walked.end, walked.next_line
        pieces.extend(each.result() for each in waiting)
    empty = [np.zeros(0, np.int64)]
    return Piece(
        pa.concat_tables([_table([], names), *(each.table for each in pieces)]),
        np.concatenate([*empty, *(each.lines for each in pieces)]),
        sum(each.blank for each in pieces),
        tuple(each for piece in pieces for each in piece.quarantined),
    )


@dataclass(frozen=True)
class _Clean:
    """A stretch of bytes between records, all of whose quotes open or close a field.

    Parameters
    ----------
    start, line : of its first record. end, next_line : of the first record after it.
    lines : the first physical line of each of its records.
    """

    start: int
    line: int
    end: int
    next_line: int
    lines: Integers
    blank: int


@dataclass(frozen=True)
class _Walked:
    """What was read with care, and where the next record starts."""

    piece: Piece
    end: int
    next_line: int


class _Lines:
    """Physical lines as text, counted, and how far they reach."""

    def __init__(self, data: bytes, start: int) -> None:
        self.data = data
        self.offset = start
        self.count = 0
        self.last = b""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        match = LINE.match(self.data, self.offset)
        if match is None or match.end() == self.offset:
            raise StopIteration
        self.last = match[0]
        self.offset = match.end()
        self.count += 1
        return self.last.decode("utf-8", "surrogateescape")


def _clean_block(text: Text, start: int, line: int) -> _Clean | None:
    """The next block if it can be read fast: line breaks are LF or CRLF, quotes frame fields."""
    data, options = text.data, text.options
    stop = min(start + BLOCK, len(data))
    if options.escape == "backslash" or options.newline == "cr":
        return None
    if data.startswith(BYTE_ORDER_MARK, start):
        return None
    part = np.frombuffer(data, np.uint8, stop - start, start)
    breaks = np.flatnonzero(part == ord("\n"))
    ends = breaks
    if options.quote != NO_QUOTE and data.find(options.quote.encode(), start, stop) >= 0:
        quotes = np.flatnonzero(part == ord(options.quote))
        ends = breaks[np.searchsorted(quotes, breaks) % 2 == 0]
        closed = len(quotes) % 2 == 0
    else:
        quotes = np.zeros(0, np.int64)
        closed = True
    if stop == len(data):
        if not closed:
            return None
        if not len(ends) or ends[-1] != len(part) - 1:
            ends = np.append(ends, len(part))
    if not len(ends):
        return None
    last = int(ends[-1])
    stop = min(start + last + 1, len(data))
    if not _frames(part, quotes[: np.searchsorted(quotes, last)], options.delimiter):
        return None
    if data.find(b"\0", start, stop) >= 0:
        return None
    if data.count(b"\r", start, stop) != data.count(b"\r\n", start, stop):
        return None
    starts = np.concatenate([[0], ends[:-1] + 1])
    before = np.searchsorted(breaks, starts)
    lengths = ends - starts
    after = int(np.searchsorted(breaks, last, side="right"))
    if lengths.max() > LONGEST_FIELD or np.diff(before, append=after).max() > MOST_LINES_QUOTED:
        return None
    blank = (lengths == 0) | ((lengths == 1) & (part[np.minimum(starts, len(part) - 1)] == 13))
    lines = line + before[~blank]
    return _Clean(start, line, stop, line + after, lines, int(blank.sum()))


def _frames(part: np.ndarray[Any, Any], quotes: Integers, delimiter: str) -> bool:
    """Whether every quote opens a field, closes one, or is half of a doubled quote."""
    opening, closing = quotes[0::2], quotes[1::2]
    doubled = np.zeros(len(opening), bool)
    doubled[1:] = opening[1:] - closing[: len(opening) - 1] == 1
    before = part[np.maximum(opening - 1, 0)]
    opens = (opening == 0) | (before == ord(delimiter)) | (before == ord("\n")) | doubled
    after = part[np.minimum(closing + 1, len(part) - 1)]
    closes = (closing == len(part) - 1) | (after == ord(delimiter))
    closes |= (after == ord("\n")) | (after == ord("\r"))
    closes[: len(doubled) - 1] |= doubled[1:]
    return bool(opens.all() and closes.all())


def _fast(text: Text, block: _Clean, names: Sequence[str]) -> Piece:
    """A clean block through pyarrow, or with care where its rows differ in length."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv as arrow

    if not len(block.lines):
        return Piece(_table([], names), block.lines, block.blank)
    quote = text.options.quote
    columns = [str(number) for number in range(len(names))]
    try:
        table = arrow.read_csv(
            pa.py_buffer(memoryview(text.data)[block.start : block.end]),
            arrow.ReadOptions(use_threads=False, column_names=columns, block_size=2 * BLOCK),
            arrow.ParseOptions(
                delimiter=text.options.delimiter,
                quote_char=False if quote == NO_QUOTE else quote,
                newlines_in_values=True,
            ),
            arrow.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.large_string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return _careful(text, block.start, block.line, block.end, names).piece
    mark = text.options.comment
    commented = mark not in ("", "none") and pc.any(pc.starts_with(table[0], mark)).as_py()
    if table.num_rows != len(block.lines) or commented:
        return _careful(text, block.start, block.line, block.end, names).piece
    return Piece(table, block.lines, block.blank)


def _careful(text: Text, start: int, line: int, stop: int, names: Sequence[str]) -> _Walked:
    """Records field by field through the csv module, until one ends at `stop` or beyond."""
    rows: list[list[str]] = []
    lines: list[int] = []
    quarantined: list[Quarantined] = []
    blank, end = 0, len(text.data)
    for record in text.records(start, line):
        reason = _reason(text, record, len(names))
        if not record.fields:
            blank += 1
        elif reason:
            quarantined.append(Quarantined(record.line, "", reason, _excerpt(text, record.fields)))
        else:
            lines.append(record.line)
            rows.append(record.fields)
        line = record.next_line
        if record.end >= stop:
            end = record.end
            break
    piece = Piece(_table(rows, names), np.array(lines, np.int64), blank, tuple(quarantined))
    return _Walked(piece, end, line)


def _reason(text: Text, record: Record, expected: int) -> str:
    """Why a record is set aside, if it is."""
    fields = record.fields
    if fields and text.is_comment(fields):
        return COMMENT
    if len(fields) != expected:
        if fields and record.next_line - record.line > MOST_LINES_QUOTED:
            raise text._never_closes(record.line)
        return f"{len(fields)} fields, expected {expected}"
    if any("\0" in cell for cell in fields):
        return "holds a NUL character"
    if any(_broken(cell) for cell in fields):
        return f"has bytes that are not {text.options.encoding or 'utf-8'}"
    return ""


def _broken(cell: str) -> bool:
    try:
        cell.encode()
    except UnicodeEncodeError:
        return True
    return False


def _excerpt(text: Text, fields: list[str]) -> str:
    start = text.options.delimiter.join(fields)[:EXCERPT]
    raw = start.encode("utf-8", "surrogateescape")
    return raw.decode("utf-8", "backslashreplace").replace("\0", "␀")


def _table(rows: list[list[str]], names: Sequence[str]) -> pa.Table:
    """Rows as text columns called 0, 1, ..., for names may repeat."""
    import pyarrow as pa

    columns = zip(*rows, strict=True) if rows else ([] for _ in names)
    arrays = [pa.array(list(column), pa.large_string()) for column in columns]
    return pa.table(arrays, names=[str(number) for number in range(len(names))])
