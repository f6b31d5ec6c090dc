"""The texts that the store takes, asked before anything is written.

What is saved once is read by everybody from then on, so that one text without an end would burden
all; nor does it take what not every database and every file of an export can keep. Nothing is cut:
what is too long is refused whole.
"""

from __future__ import annotations

import re
from typing import Final

from labelviz.core.decisions import Decision
from labelviz.errors import NotSaved

LONGEST_NOTE = 10_000
# Of a reviewer, who may be an e-mail address: RFC 5321, 4.5.3.1, has 64, the @ and 255.
LONGEST_NAME = 320
LONGEST_ID = 1_000  # of a sample, as in `labelviz.tables.ids`, or of an operation
# In names no controls and no halves of a character; in other texts none that no file can keep.
UNREADABLE: Final = re.compile("[\0-\x1f\x7f-\x9f\ud800-\udfff]")
UNKEEPABLE: Final = re.compile("[\0\ud800-\udfff]")
SAFE = "Nothing of it was saved; what was saved before is safe."


def check_decision_texts(decision: Decision) -> None:
    """Raise NotSaved if a text of a decision is longer than any that the store takes."""
    check_name(decision.reviewer)
    check_note(decision.note)
    check_id_lengths(decision.operation, decision.sample, decision.sample_hash, decision.action,
              decision.undoes)  # fmt: skip


def check_name(name: str) -> None:
    """Raise NotSaved if a reviewer's name is longer than any the store takes, or unreadable."""
    if UNREADABLE.search(name):
        raise NotSaved(
            "NOT saved: the reviewer's name has a character that cannot be read.",
            where=ascii(name[:40]),
            safe=SAFE,
            remedy="Use a name of letters.",
        )
    if len(name) > LONGEST_NAME:
        raise NotSaved(
            f"NOT saved: the reviewer's name has over {LONGEST_NAME} characters.",
            where=f"{name[:40]}…",
            safe=SAFE,
            remedy="Use a shorter name.",
        )


def check_id_lengths(*ids: str) -> None:
    """Raise NotSaved if the id of a sample or an operation is longer than any the store takes.

    Or if no database and no file could keep it.
    """
    for each in ids:
        if UNKEEPABLE.search(each):
            raise NotSaved(
                "NOT saved: an id in it has a character that cannot be read.",
                where=ascii(each[:40]),
                safe=SAFE,
                remedy="Reload the page, and decide again.",
            )
        if len(each) > LONGEST_ID:
            raise NotSaved(
                f"NOT saved: an id in it has over {LONGEST_ID:,} characters.",
                where=f"{each[:40]}…",
                safe=SAFE,
                remedy="Reload the page, and decide again.",
            )


def check_note(note: str) -> None:
    """Raise NotSaved if a note is longer than any the store takes, or no file could keep it."""
    if len(note) > LONGEST_NOTE:
        raise NotSaved(
            f"NOT saved: the note has over {LONGEST_NOTE:,} characters.",
            where=f"{note[:40]}…",
            safe=SAFE,
            remedy="Shorten it.",
        )
    if UNKEEPABLE.search(note):
        raise NotSaved(
            "NOT saved: the note has a character that no file can keep.",
            where=ascii(note[:40]),
            safe=SAFE,
            remedy="Take it out: half of a character that was cut, or a NUL.",
        )
