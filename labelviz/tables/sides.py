"""The two sides of a file of pairs: columns that say the same of two records."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

from labelviz.tables import hints


@dataclass(frozen=True)
class Sides:
    """Columns of one record and of the other, attribute by attribute, the most telling first."""

    first: tuple[str, ...]
    second: tuple[str, ...]


def sides_of(
    names: Sequence[str], reads: Callable[[str], bool], long: Callable[[str], bool]
) -> Sides | None:
    """The sides of pairs; None where the names tell of none.

    Left and right belong together whatever their cells. Marks that other columns may have too, as
    `_1` and `_2`, count where as many columns of text have them as have not; a bare `1` and `2`,
    as of two lines of an address, where several attributes have them, one of them what a record is
    called, or where the cells are sentences by their name or their length.

    Parameters
    ----------
    reads : whether a column of this name holds texts, of whatever length.
    long : whether its texts are long.
    """
    best: list[tuple[str, str, str]] = []
    for marks, needs in ((hints.STRONG_SIDES, 0), (hints.WEAK_SIDES, 1)):
        for first, second, end in marks:
            found = _pairs(names, first, second, end=bool(end))
            if first == "1" and not _several_attributes(found, reads):
                found = [each for each in found if long(each[1]) and long(each[2])]
            telling = [each for each in found if reads(each[1]) and reads(each[2])]
            paired = {name for each in found for name in each[1:]}
            others = [name for name in names if reads(name) and name not in paired]
            if telling and 2 * len(telling) >= needs * len(others) and len(found) > len(best):
                best = sorted(found, key=lambda each: (each not in telling, _rank(each[0])))
        if best:
            break
    best = best or _by_source(names, reads)
    if not best:
        return None
    return Sides(tuple(each[1] for each in best), tuple(each[2] for each in best))


def _several_attributes(
    found: Sequence[tuple[str, str, str]], reads: Callable[[str], bool]
) -> bool:
    """Whether attributes tell of two records: several with its name among them, or whole texts."""
    telling = [each[0] for each in found if reads(each[1]) and reads(each[2])]
    named = any(each in hints.FIRST_ATTRIBUTES for each in telling)
    return (len(found) > 1 and named) or any(each in hints.WHOLE_TEXTS for each in telling)


def _by_source(names: Sequence[str], reads: Callable[[str], bool]) -> list[tuple[str, str, str]]:
    """Attributes of two sources that have names of their own: `abt_name`, `buy_name`, `abt_price`.

    Two of the attributes, and half of the columns that hold texts, have to be theirs.
    """
    starts: dict[str, dict[str, str]] = {}
    for name in names:
        start, _, attribute = _key(name).partition("_")
        if attribute and not _says_more(attribute, _key(name)):
            starts.setdefault(start, {}).setdefault(attribute, name)
    texts = sum(map(reads, names))
    for one, two in combinations(starts, 2):
        found = [(a, starts[one][a], starts[two][a]) for a in starts[one] if a in starts[two]]
        telling = [each for each in found if reads(each[1]) and reads(each[2])]
        alone = len(starts[one]) == len(starts[two]) == len(found)
        if alone and len(found) > 1 and telling and 4 * len(telling) >= texts:
            return sorted(found, key=lambda each: (each not in telling, _rank(each[0])))
    return []


def _pairs(
    names: Sequence[str], first: str, second: str, *, end: bool
) -> list[tuple[str, str, str]]:
    """Attribute and the two columns of it, in the order of the file."""
    by_key = {_key(name): name for name in reversed(names)}
    found = []
    for key in dict.fromkeys(map(_key, names)):
        marked = key.endswith(first) if end else key.startswith(first)
        base = key.removesuffix(first) if end else key.removeprefix(first)
        other = base + second if end else second + base
        if marked and base and other in by_key and not _says_more(base, key):
            found.append((base, by_key[key], by_key[other]))
    return found


def _says_more(base: str, key: str) -> bool:
    """Whether an attribute is no evidence: an id, or a label, an annotator or a number of these."""
    named = base in hints.IDS or base == "id" or base.endswith("_id")
    return named or base in hints.LABELS or any(
        pattern.fullmatch(each)
        for pattern in (hints.ANNOTATOR, hints.TRUTH, hints.CONFIDENCES, hints.PEOPLE)
        for each in (base, key)
    ) or any(p.match(key) for p in (hints.VOTES, hints.PROBABILITIES, hints.SOFT, hints.ONE_HOT))  # fmt: skip  # noqa: E501


def _rank(base: str) -> int:
    order = hints.FIRST_ATTRIBUTES
    return order.index(base) if base in order else len(order)


def _key(name: str) -> str:
    return re.sub(r"[\s:.-]+", "_", name.strip().lower())
