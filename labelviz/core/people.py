"""People: when two names are one person."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable

from labelviz.core.visible import BLANK, IDLE, JOINERS


def cleaned(name: str) -> str:
    """A name without what nobody sees: spaces around it, doubled ones, characters that hide.

    What is left is in Unicode's normal form C, so that an accent is the same however it was typed.
    """
    kept = "".join(each if _is_seen(each) else " " if each.isspace() else "" for each in name)
    kept = IDLE.sub("", kept)
    return unicodedata.normalize("NFC", " ".join(kept.split()))


def spelled(name: str, known: Collection[str]) -> str:
    """A name as the person is known by it, whatever its case; cleaned where nobody is known by it.

    Parameters
    ----------
    known : the names of everybody who did anything. Where several are the same person's, the one
        that is spelled alike counts, else the first in the order of the alphabet.
    """
    mine = cleaned(name)
    if mine in known:
        return mine
    alike = _folded(mine)
    return min((each for each in known if _folded(cleaned(each)) == alike), default=mine)


def is_same(one: str, other: str) -> bool:
    """Whether two names are one person's, however they are spelled."""
    return one == other or _folded(cleaned(one)) == _folded(cleaned(other))


def everyone(names: Iterable[str], known: Collection[str]) -> list[str]:
    """Each person among these names once, as `spelled`, in order; names of nobody are left out."""
    found: list[str] = []
    for name in names:
        me = spelled(name, {*known, *found})
        found += [me] if me and me not in found else []
    return found


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _is_seen(character: str) -> bool:
    hidden = unicodedata.category(character) in ("Cc", "Cf", "Cs") or character in BLANK
    return not hidden or character in JOINERS
