"""Spellings: labels that seem to say one thing in several ways are a person's to decide."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from shlex import quote

from labelviz.core.settings import Task
from labelviz.errors import Choice, LabelsRefused
from labelviz.tables.columns import Columns

TRUE = frozenset({"true", "t", "yes", "y", "1", "1.0", "on"})
FALSE = frozenset({"false", "f", "no", "n", "0", "0.0", "off"})
WHOLE = re.compile(r"(-?[0-9]{1,18})(\.0+)?")
WRAPPED = re.compile(
    r"\s*(?:(?:the|my|final|correct|predicted|这条的)\s*)*"
    r"(?:label|class|category|answer|output|prediction|sentiment|标签|类别|答案)"
    r"\s*(?:[:：=]|(?:is|should be|would be|是|为)\b\s*[:：]?)\s*(.+)",
    re.I | re.S,
)
HEADED = re.compile(r"\s*\w[\w ]{0,30}[:：].*")
TAGGED = re.compile(
    r"\s*<((?:final[_ -]?)?(?:label|class|category|answer|output|prediction|result))>"
    r"\s*(.*?)\s*</\1>\s*|\s*\$?\\(?:boxed|text\w*|mathrm)\{(.*?)\}\$?\s*",
    re.I | re.S,
)
THOUGHTS = re.compile(r"\s*<(think(?:ing)?|reasoning)>.*?</\1>\s*", re.I | re.S)
MOST_WORDS = 4  # of a label that is looked for in a sentence
SENTENCE = re.compile(r"(?:\S+\s+){3,}\S+[.!。]\s*", re.S)
FENCE = re.compile(r"\s*```\w*\s*(.*?)\s*```\s*", re.S)
KEYS = ("label", "class", "category", "answer", "output", "prediction")
# What opens and closes around a name.
AROUND = frozenset((
    '""', "''", "``", "**", "__", "~~", "“”", "‘’", "«»", "‹›", "「」", "『』", "【】", "《》",
    "()", "[]", "<>", "（）", "［］",
))  # fmt: skip
QUOTED = re.compile(r"\s*(\*\*|__|`|\"|')\w(?:.*\w)?\1\s*", re.S)
MARKS = "*_`\"'“”«»().,;:!?"  # what may stand around the words of a sentence
STOPS = ".。．!！,，;；:：、 "
# What stands before an item of a list, a quotation or a heading in Markdown.
BULLET = re.compile(r"\A(?:[-*•–>]|#{1,6}|\d{1,2}[.)])\s+(?=\S)")
JOINT = re.compile(r"(?<=\w)[-_‐‑–—](?=\w)|_")
# What joins words into one: a hyphen, an underscore, or a capital inside.
JOINED = re.compile(r"(?<=[^\W\d_])[-_](?=[^\W\d_])|(?<=[a-z])[A-Z]")
EMOJI = "\N{VARIATION SELECTOR-16}"  # what makes an emoji of the sign before it
# Cyrillic and Greek letters that look like Latin ones.
LOOKALIKES = str.maketrans("аеорсухіјѕԁһӏνοα", "aeopcyxijsdhlvoa")
MANY_CLASSES, MANY_FOR_SURE, MOST_SHARE = 20, 2_000, 0.5
SHOWN = 20


def check_spellings(found: Mapping[str, int], columns: Columns, task: Task, rows: int) -> None:
    """Raise LabelsRefused, with choices, where labels need a decision before they make classes.

    Parameters
    ----------
    found : how often each name occurs, in the spelling that holds so far.
    rows : how many rows there are.
    """
    if columns.classes:
        _check_indices(found, columns)
        return
    _check_wrappers(found, columns.label)
    _check_decimals(found, columns.label)
    _check_booleans(found, columns.label)
    _check_variants(found, columns.label)
    _check_blanks(found, columns.label)
    if not columns.task:
        _check_many(found, columns.label, rows, task)


def folded(name: str) -> str:
    """What is left of a name without case, spaces, hyphens, marks around it and look-alikes."""
    plain = unicodedata.normalize("NFKC", bare(name)).casefold().translate(LOOKALIKES)
    shown = (c for c in plain if unicodedata.category(c) not in ("Cc", "Cf") or c.isspace())
    joined = "".join(shown)
    return " ".join(JOINT.sub(" ", joined).split()) or joined


def bare(name: str) -> str:
    """A name without what an LLM puts around it: quotes, Markdown, a full stop, a bullet, emoji.

    `C#`, `C++`, `A-` and `-1` lose nothing; a name of marks alone stays as it is.
    """
    shown = (c for c in name if unicodedata.category(c) not in ("Cf", "So") and c != EMOJI)
    before, inner = "", "".join(shown).strip()
    while inner and inner != before:
        before = inner
        inner = BULLET.sub("", inner).rstrip(STOPS).strip()
        pair = inner[:1] + inner[-1:]
        if len(inner) > 1 and pair in AROUND:
            inner = inner[1:-1].strip()
    return inner if any(c.isalnum() for c in inner) else name.strip()


def unwrapped(name: str) -> str:
    """The label inside what an LLM wrapped around it; empty where none is found."""
    if thought := THOUGHTS.match(name):
        said = name[thought.end() :].strip()
        return unwrapped(said) or ("" if "\n" in said or SENTENCE.fullmatch(said) else said)
    if tagged := TAGGED.fullmatch(name):
        return (tagged[2] or tagged[3] or "").strip()
    fenced = FENCE.fullmatch(name)
    inner = fenced[1] if fenced else name.strip()
    if inner.startswith("{"):
        try:
            value = json.loads(inner)
        except (ValueError, RecursionError):
            return ""
        held = [value[key] for key in KEYS if isinstance(value.get(key), str)]
        return held[0].strip() if held else ""
    worded = _worded_line(inner) if "\n" in inner else WRAPPED.fullmatch(inner)
    inner = worded[1].strip() if worded else inner
    return "" if "\n" in inner or not (fenced or worded) else inner.strip("\"'*` ").rstrip(".")


def _worded_line(answer: str) -> re.Match[str] | None:
    """The one line of several that says the label: the last, or one among lines `word: ...`."""
    lines = [line for line in answer.splitlines() if line.strip()]
    found = [match for line in lines if (match := WRAPPED.fullmatch(line))]
    last = bool(found) and found[-1].string == lines[-1]
    return found[-1] if len(found) == 1 and (last or all(map(HEADED.fullmatch, lines))) else None


def wrapped(name: str) -> bool:
    """Whether a cell looks like an LLM's answer around a label."""
    start = name.lstrip()
    if THOUGHTS.match(name):
        return True
    if "\n" in start and any(map(WRAPPED.fullmatch, start.splitlines())):
        return True
    return "```" in name or bool(WRAPPED.fullmatch(name) or TAGGED.fullmatch(name)) or (
        start.startswith("{") and any(f'"{key}"' in start for key in KEYS)
    )  # fmt: skip


def holds_one(name: str, others: Collection[str]) -> bool:
    """Whether a name holds one of these, as `folded` gives them, as words of its own."""
    words = [folded(word.strip(MARKS)) for word in name.split()]
    return any(
        " ".join(words[start : start + count]) in others
        for start in range(len(words)) for count in range(1, MOST_WORDS + 1)
    )  # fmt: skip


def _check_wrappers(found: Mapping[str, int], column: str) -> None:
    short = {folded(name) for name in found if not SENTENCE.fullmatch(name)}
    cells = [
        name for name in found
        if wrapped(name) or (SENTENCE.fullmatch(name) and holds_one(name, short))
    ]  # fmt: skip
    if cells:
        plain = {folded(name): name for name in sorted(found) if name not in cells}
        inside = {cell: unwrapped(cell) for cell in cells}
        proposed = {cell: plain.get(folded(name), name) for cell, name in inside.items()}
        failed = sum(not name for name in proposed.values())
        _ask(
            f"{len(cells)} labels look like an LLM's whole answer; {failed} of them hold no label "
            "that can be found.",
            column,
            _choices(found, proposed),
            "or --missing for answers that hold none",
        )


def _check_blanks(found: Mapping[str, int], column: str) -> None:
    proposed = {name: name.strip() for name in found if name != name.strip()}
    marked = {name: bare(name) for name in found if QUOTED.fullmatch(name)}
    if marked and len(marked) == len(found):
        _ask(
            f"All {len(marked)} labels have quotes or other marks around them.",
            column,
            _choices(found, marked),
            "or name the classes as they stand with --class",
        )
    if proposed:
        plain = {name: name for name in found if name not in proposed}
        shown = {**proposed, **plain} if set(plain) & set(proposed.values()) else proposed
        _ask(
            f"{len(proposed)} labels have blanks before or after them.",
            column,
            _choices({name: found[name] for name in shown}, proposed),
            "or name the classes as they stand with --class",
        )


def _check_decimals(found: Mapping[str, int], column: str) -> None:
    matches = {name: WHOLE.fullmatch(name) for name in found}
    decimals = {name: match[1] for name, match in matches.items() if match and match[2]}
    if decimals and all(matches.values()):
        _ask(
            "Labels look like integers written as decimals.",
            column,
            _choices(found, decimals),
            "or name the classes as they stand with --class",
        )


def _check_booleans(found: Mapping[str, int], column: str) -> None:
    sides = [[n for n in found if n.strip().casefold() in side] for side in (FALSE, TRUE)]
    if len(found) <= 2 or len(sides[0]) + len(sides[1]) < len(found) or not all(sides):
        return
    best = [_most_frequent(side, found) for side in sides]
    proposed = {n: b for side, b in zip(sides, best, strict=True) for n in side if n != b}
    _ask(
        f"{len(found)} spellings look like true and false.",
        column,
        _choices(found, proposed),
        "or name the classes as they stand with --class",
    )


def _check_variants(found: Mapping[str, int], column: str) -> None:
    several = [names for names in _alike(found) if len(names) > 1]
    if several:
        best = {
            name: _most_frequent(names, found).strip() for names in several for name in names
        }  # fmt: skip
        proposed = {name: to for name, to in best.items() if name != to}
        _ask(
            f"{len(best)} spellings look like {len(several)} classes.",
            column,
            _choices({name: found[name] for name in best}, proposed),
            "or name all classes as they stand with --class",
        )


def _alike(found: Iterable[str]) -> list[list[str]]:
    """Names that look like one class: `book_table`, `Book table.` and `BookTable`."""
    by_words: dict[str, list[str]] = {}
    for name in found:
        by_words.setdefault(folded(name), []).append(name)
    by_letters: dict[str, list[list[str]]] = {}
    for words, names in by_words.items():
        by_letters.setdefault(words.replace(" ", ""), []).append(names)
    alike = []
    for groups in by_letters.values():
        together = [name for names in groups for name in names]
        alike += [together] if any(map(JOINED.search, together)) else groups
    return alike


def _check_many(found: Mapping[str, int], column: str, rows: int, task: Task) -> None:
    n = len(found)
    if n >= MANY_FOR_SURE or (n >= MANY_CLASSES and n > MOST_SHARE * rows):
        kept = "multilabel" if task == "multilabel" else "multiclass"
        raise LabelsRefused(
            f"Column {column!r} holds {n:,} different labels in {rows:,} rows. Is this the right "
            "column?",
            where=f"column {column!r}",
            remedy="Choose another label column; if it is right, choose its task (on the command "
            f"line --label, --task {kept}).",
        )


def _check_indices(found: Mapping[str, int], columns: Columns) -> None:
    """Numbers where names were promised: say which number is which class, never assume it."""
    unknown = [name for name in found if name not in columns.classes]
    numbers = {name: int(m[1]) for name in unknown if (m := WHOLE.fullmatch(name))}
    if not found or len(unknown) < len(found) or len(numbers) < len(found):
        return
    k = len(columns.classes)
    low, high = min(numbers.values()), max(numbers.values())
    first = 1 if low >= 1 and high == k else 0
    inside = first <= low and high < k + first
    run = f"run {low}..{high}; the {k} classes are counted {first}..{k - 1 + first}"
    shifted = " The first class would be number 1, not 0." if first else ""
    proposed = {name: columns.classes[n - first] for name, n in numbers.items()} if inside else {}
    _ask(
        f"Labels are numbers that {run}.{shifted}",
        columns.label,
        _choices(found, proposed),
        "or name the classes as the file does",
    )


def _most_frequent(names: Iterable[str], found: Mapping[str, int]) -> str:
    """The most frequent name; one without marks or spaces around it before any that has them."""
    return min(names, key=lambda name: (name != bare(name), -found[name], name))


def _choices(found: Mapping[str, int], proposed: Mapping[str, str]) -> list[Choice]:
    return [
        Choice(name, found[name], proposed.get(name, ""), _code_points(name))
        for name in sorted(found, key=lambda name: (-found[name], name))
    ]


def _code_points(name: str) -> str:
    """The code points of what is not plain ASCII, or of a cell with outer spaces."""
    if name.isascii() and name.isprintable() and name == name.strip():
        return ""
    return " ".join(f"U+{ord(c):04X}" for c in name[:SHOWN])


def _ask(what: str, column: str, choices: list[Choice], otherwise: str) -> None:
    flags = [f"--as {quote(f'{c.cell}={c.proposed}')}" for c in choices if c.proposed]
    more = " …" if len(flags) > SHOWN else ""
    shown = "; ".join(
        f"{c.cell[:60]!r} {c.count} times" + (f" ({c.about})" if c.about else "")
        for c in choices[:SHOWN]
    )
    say = f"Say {' '.join(flags[:SHOWN])}{more}, " if flags else "Say --as 'CELL=CLASS', "
    raise LabelsRefused(
        f"{what} {shown}.", where=f"column {column!r}", remedy=f"{say}{otherwise}.", choices=choices
    )
