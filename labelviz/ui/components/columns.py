"""Guess from its name what a column means; a person checks it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from labelviz.tables.columns import Columns

NAMES = {
    "id": ("id", "sample_id", "pair_id", "uid", "uuid"),
    "label": ("label", "llm_label", "given_label", "labels", "noisy", "class", "category"),
    "confidence": ("confidence", "llm_confidence", "label_confidence"),
    "group": ("group", "group_id", "cluster", "cluster_id"),
    "split": ("split", "subset"),
}
PAIRS = (
    ("text_a", "text_b"), ("text1", "text2"), ("sentence1", "sentence2"), ("left", "right"),
    ("question1", "question2"), ("premise", "hypothesis"), ("a", "b"),
)  # fmt: skip
TEXTS = ("text", "sentence", "content", "question", "query", "comment", "title", "body")
SLICES = ("language", "lang", "domain", "source", "country", "genre", "level", "topic")
ANNOTATOR = re.compile(r"(llm|annotator|rater|coder)_(?!confidence$)")


def guess(names: Sequence[str]) -> Columns:
    """The likeliest meaning of columns; at least text and label, whatever they are called.

    Parameters
    ----------
    names : one or more distinct column names.
    """
    by_key: dict[str, str] = {}
    for name in names:
        by_key.setdefault(_key(name), name)
    found = {role: _first(by_key, known) for role, known in NAMES.items()}
    text, text_b = next(
        ((by_key[a], by_key[b]) for a, b in PAIRS if a in by_key and b in by_key),
        (_first(by_key, TEXTS), ""),
    )
    label = found.pop("label") or _first(by_key, [*filter(ANNOTATOR.match, by_key), "gold"])
    taken = {*found.values(), text, text_b, label} - {""}
    free = [name for name in names if name not in taken] or list(names)
    text = text or free[0]
    label = label or next((name for name in reversed(free) if name != text), text)
    rest = [name for name in free if name not in (text, label)]
    return Columns(
        text=text,
        text_b=text_b,
        label=label,
        id=found["id"],
        confidence=found["confidence"],
        group=found["group"],
        split=found["split"],
        annotators=tuple(name for name in rest if ANNOTATOR.match(_key(name))),
        slices=tuple(name for name in rest if _key(name) in SLICES),
    )


def _key(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def _first(by_key: dict[str, str], known: Sequence[str]) -> str:
    return next((by_key[key] for key in known if key in by_key), "")
