"""What an answer of an LLM says: a class, JSON with a class in it, or one class on each line."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labelviz.errors import InputRefused, in_words
from labelviz.tables.spellings import bare, folded, holds_one, unwrapped, wrapped

FENCE = re.compile(r"```\w*\s*(.*?)```", re.DOTALL)
KEYS = ("label", "category", "class", "answer", "labels", "categories", "classes", "prediction",
        "output", "result", "标签", "类别")  # fmt: skip
SURE = ("confidence", "certainty", "confidence_score", "probability", "score")
REMARKS = re.compile(
    r".*(reason(s|ing)?|explanation|rationale|thoughts?|thinking|analysis|justification|comments?|"
    r"notes?|summary|text|evidence|id)"
)
LONGEST_CLASS = 60  # characters of an answer that may be a class although nobody named it
WORDY = 4  # words from which on an answer may be a sentence around a class
ENOUGH = 20  # answers from which on a class that only one of them names is none
UNREADABLE = "no class can be found in the answer"
OUTSIDE = "the answer is not among the classes"
ALONE = "no other answer names this class; name it if it is one (on the command line --class)"
AMBIGUOUS = "the answer holds several objects that differ"


@dataclass(frozen=True)
class Parsed:
    """An answer taken apart.

    Parameters
    ----------
    value : a text, a list of texts, or an object whose key is not chosen yet; None for nothing.
    how : the step that found it.
    problem : why nothing was found.
    """

    value: Any = None
    how: str = ""
    problem: str = ""


@dataclass(frozen=True)
class ModelAnswer:
    """What an answer says.

    Parameters
    ----------
    names : the classes, as the dataset spells them; several where it may name several.
    confidence : what it says of its own confidence, as it is written; empty for nothing.
    """

    names: tuple[str, ...] = ()
    several: bool = False
    confidence: str = ""
    how: str = ""
    problem: str = ""


def take_apart(content: str) -> Parsed:
    """A plain answer, JSON, JSON in a fence, or the one JSON object in prose."""
    text = content.strip()
    found, value = _json(text)
    if found and not isinstance(value, str | int | float | bool):
        return Parsed(value, "JSON")
    if found and isinstance(value, str):
        return Parsed(value, "plain")
    fences = [inner.strip() for inner in FENCE.findall(text)]
    decoded = [value for inner in fences for ok, value in [_json(inner)] if ok]
    if len(fences) == 1:
        return Parsed(decoded[0], "JSON in a fence") if decoded else Parsed(fences[0], "fence")
    objects = _objects(text)
    if objects:
        same = all(each == objects[0] for each in objects)
        return Parsed(objects[0], "JSON in prose") if same else Parsed(problem=AMBIGUOUS)
    if wrapped(text) and (inner := unwrapped(text)):
        return Parsed(inner, "after a word")
    lines = [bare(line) for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and all(len(line) <= LONGEST_CLASS for line in lines):
        return Parsed(lines, "lines")
    return Parsed(text, "plain") if text else Parsed(problem=UNREADABLE)


def chosen_key(values: Iterable[Any], asked: str) -> str:
    """Under which key the objects among the answers say the class; empty where there are none.

    Raises
    ------
    InputRefused : several keys may hold it, and nobody said which.
    """
    objects = [each for each in values if isinstance(each, Mapping)]
    if asked or not objects:
        return asked
    counts = Counter(key for each in objects for key in each)
    usual = [key for key in KEYS if counts[key] >= len(objects) / 2]
    if usual:
        return usual[0]
    likely = [
        key for key, count in counts.items()
        if count >= len(objects) / 2 and key not in SURE and not REMARKS.fullmatch(key.lower())
        and all(_named(each.get(key)) is not None for each in objects if key in each)
    ]  # fmt: skip
    if len(likely) == 1:
        return str(likely[0])
    if not likely and all(map(_shares, objects)):
        return ""
    raise InputRefused(
        f"The answers are objects with the keys {in_words(counts)}; nothing says which of them "
        "holds the class.",
        remedy="Say the key (on the command line --answer-key KEY).",
    )


def classes_of(parsed: Iterable[Parsed], key: str) -> tuple[str, ...]:
    """The classes that the answers name, those of one answer alone left out where there are many,
    and sentences around a class.

    Of several spellings that look like one class the most frequent one stands for it.
    """
    found: Counter[str] = Counter()
    answers = 0
    for each in parsed:
        names = _names(each, key)
        answers += names is not None
        short = [bare(name) for name in names or () if len(bare(name)) <= LONGEST_CLASS]
        found.update(set(short))
    alike: dict[str, list[str]] = {}
    for name in found:
        alike.setdefault(folded(name), []).append(name)
    best = {min(names, key=lambda n: (-found[n], n)): sum(found[n] for n in names)
            for names in alike.values()}  # fmt: skip
    kept = [name for name, count in best.items() if count > 1 or answers < ENOUGH]
    plain = {folded(name) for name in kept if len(name.split()) < WORDY}
    kept = [name for name in kept if len(name.split()) < WORDY or not holds_one(name, plain)]
    return tuple(sorted(kept or best))


def read_answer(parsed: Parsed, key: str, classes: Sequence[str], *, named: bool) -> ModelAnswer:
    """What an answer says, in the classes; a value that is none of them is a problem, never mapped.

    Parameters
    ----------
    named : whether somebody named the classes.
    """
    names = _names(parsed, key)
    sure = _sure(parsed.value, key)
    if names is None:
        return ModelAnswer(confidence=sure, how=parsed.how, problem=parsed.problem or UNREADABLE)
    known = {**{folded(name): name for name in classes}, **{name: name for name in classes}}
    read = [known.get(name, known.get(folded(name), "")) for name in names]
    if not all(read):
        long = any(len(name) > LONGEST_CLASS or len(name.split()) >= WORDY for name in names)
        problem = UNREADABLE if long else OUTSIDE if named else ALONE
        return ModelAnswer(confidence=sure, how=parsed.how, problem=problem)
    several = isinstance(_value(parsed.value, key), list)
    return ModelAnswer(tuple(dict.fromkeys(read)), several, sure, parsed.how)


def probability(
    name: str, classes: Sequence[str], tokens: Sequence[tuple[str, Mapping[str, float]]]
) -> float:
    """The probability of an answered class by its first token; NaN where that does not decide it.

    The exponentials of the log-probabilities of all tokens that start a class, summed per class
    after spaces and case are gone, are scaled to sum to 1 over the classes. Where one token starts
    several classes, or the answered class is not among the likeliest, nothing is known.
    """
    place = _place(name, [token for token, _ in tokens])
    if place is None:
        return math.nan
    mass = dict.fromkeys(classes, 0.0)
    for token, logprob in tokens[place][1].items():
        start = token.strip(" \t\n\"'`*").casefold()
        fitting = [each for each in classes if start and each.casefold().startswith(start)]
        if len(fitting) > 1 and name in fitting:
            return math.nan
        if len(fitting) == 1:
            mass[fitting[0]] += math.exp(logprob)
    total = sum(mass.values())
    return mass[name] / total if total > 0 and mass[name] > 0 else math.nan


def _place(name: str, tokens: Sequence[str]) -> int | None:
    """The number of the token in which the class begins, from the end of what was written."""
    text = "".join(tokens)
    at = text.casefold().rfind(name.casefold())
    end = 0
    for number, token in enumerate(tokens):
        end += len(token)
        if at >= 0 and end > at:
            return number
    return None


def _json(text: str) -> tuple[bool, Any]:
    try:
        return True, json.loads(text)
    except (ValueError, RecursionError):
        return False, None


def _objects(text: str) -> list[Any]:
    """Every JSON object that stands in a text."""
    decoder, found, at = json.JSONDecoder(), [], text.find("{")
    while at >= 0:
        try:
            value, at = decoder.raw_decode(text, at)
            found.append(value)
        except (ValueError, RecursionError):
            at += 1
        at = text.find("{", at)
    return found


def _value(value: Any, key: str) -> Any:
    if isinstance(value, Mapping):
        if not key and _shares(value):
            best = max(value.values())
            top = [name for name, share in value.items() if share == best]
            return top[0] if len(top) == 1 else None
        return value.get(key)
    return value


def _names(parsed: Parsed, key: str) -> list[str] | None:
    return _named(_value(parsed.value, key))


def _named(value: Any) -> list[str] | None:
    """The names in a value; None where it holds something else."""
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, int | str):
        return [str(value)] if str(value).strip() else None
    if isinstance(value, list) and all(isinstance(each, str | int) for each in value):
        return [str(each) for each in value]
    return None


def _sure(value: Any, key: str) -> str:
    if not isinstance(value, Mapping):
        return ""
    if not key and _shares(value):
        return repr(float(max(value.values())))
    said = next((value[name] for name in SURE if name in value and name != key), "")
    return str(said) if isinstance(said, str | int | float) else ""


def _shares(value: Any) -> bool:
    """Whether an object says a share for each class."""
    return isinstance(value, Mapping) and len(value) > 1 and all(
        isinstance(each, int | float) and not isinstance(each, bool) and 0 <= each <= 1
        for each in value.values()
    )  # fmt: skip
