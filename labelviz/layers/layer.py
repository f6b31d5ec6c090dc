"""Layer: one step on the way from a label to a target, with its settings, and how it is written.

`name`, or `name:setting=value,setting=value`. A setting that is named in quotes is about the class
of that name: `asymmetric:off=0.1,"different"=0.02`. Texts are quoted as JSON quotes them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers
from labelviz.errors import TargetsRefused, in_words

if TYPE_CHECKING:
    from labelviz.layers.ground import Ground

Stage = Literal["base", "posterior", "shape", "people", "weight"]
STAGES: tuple[Stage, ...] = ("base", "posterior", "shape", "people", "weight")
# What a layer rests on beside the labels.
Need = Literal["probabilities", "suspicion", "training log", "reviews"]
MOST_OFF = 0.45  # off-label mass below which a label of two classes stays clearly on top
QUOTED = r'"(?:[^"\\]|\\.)*"'
SETTING = re.compile(rf"\s*({QUOTED}|[\w-]*)\s*(?:=\s*({QUOTED}|[^,\"]*?)\s*)?(?:,|$)")


@dataclass(frozen=True)
class Amount:
    """A number that a layer takes: its default, its inclusive range, and what it means."""

    default: float
    low: float
    high: float
    help: str


@dataclass(frozen=True)
class OneOf:
    """A word that a layer takes, among some; the first is the default."""

    words: Mapping[str, str]
    help: str

    @property
    def default(self) -> str:
        """The word where none is given."""
        return next(iter(self.words))


@dataclass(frozen=True)
class Word:
    """A text that a layer takes, such as the name of a column."""

    default: str
    help: str


Setting = Amount | OneOf | Word
Value = float | str


@dataclass(frozen=True, eq=False)
class Working:
    """Targets in the making, of some samples.

    Parameters
    ----------
    rows : (M,) their rows in the dataset.
    hard : (M, K) the labels as they are: one-hot, or cells of 0 and 1; uniform, or NaN, where
        missing.
    values : (M, K) the targets so far.
    weight : (M,) the loss weights so far.
    came : (M,) the weights that the samples came with, those without a label too.
    """

    rows: Integers
    hard: Floats
    values: Floats
    weight: Floats
    came: Floats

    @classmethod
    def of(
        cls, rows: Integers, hard: Floats, weight: Floats, came: Floats | None = None
    ) -> Working:
        """Labels as they are."""
        return cls(rows, hard, hard, weight, weight if came is None else came)

    def told(self, known: Booleans) -> Working:
        """The same where something else than a given label says what some samples are."""
        return replace(self, weight=np.where(known, self.came, self.weight))

    def valued(self, values: Floats) -> Working:
        """The same with other targets."""
        return replace(self, values=np.asarray(values))

    def weighed(self, factor: Floats) -> Working:
        """The same with weights multiplied."""
        return replace(self, weight=np.asarray(self.weight * factor))


Apply = Callable[[Working, "Layer", "Ground"], Working]
Why = Callable[["Layer", "Ground", int], str]
Waits = Callable[["Layer", "Ground"], str]


def _unsaid(_: Layer, __: Ground, ___: int) -> str:
    return ""


def _at_once(_: Layer, __: Ground) -> str:
    return ""


@dataclass(frozen=True)
class LayerKind:
    """A kind of layer.

    Parameters
    ----------
    name : as it is written.
    stage : where in the order it stands.
    title, help : for people.
    apply : what it does to targets in the making; sample by sample, whatever the others in it.
    why : what it went by for one row, in words; empty where there is nothing to say.
    waits : why it does nothing yet, in sentences; empty where it does what it is for.
    settings : what it takes, the most important first.
    by_class : the number it takes for a class by name; None where it takes none.
    needs : what it rests on.
    labels : whether it is for one label per sample, for several, or for either.
    """

    name: str
    stage: Stage
    title: str
    help: str
    apply: Apply
    why: Why = _unsaid
    settings: Mapping[str, Setting] = field(default_factory=dict)
    by_class: Amount | None = None
    needs: tuple[Need, ...] = ()
    waits: Waits = _at_once
    labels: Literal["either", "one", "several"] = "either"


@dataclass(frozen=True)
class Layer:
    """A kind of layer with its settings filled in.

    Parameters
    ----------
    settings : every setting of its kind by name.
    classes : a number by class name.
    """

    kind: LayerKind
    settings: Mapping[str, Value]
    classes: Mapping[str, float] = field(default_factory=dict)

    def number(self, name: str) -> float:
        """A setting that is a number."""
        return float(self.settings[name])

    def word(self, name: str) -> str:
        """A setting that is a word."""
        return str(self.settings[name])

    def per_class(self, classes: tuple[str, ...], otherwise: float) -> Floats:
        """(K,) the number for each class, and another one for those it does not name.

        Raises
        ------
        TargetsRefused : it names a class that is none.
        """
        unknown = [name for name in self.classes if name not in classes]
        if unknown:
            raise TargetsRefused(
                f"No such class: {in_words(unknown)}.",
                where=f"layer {self.kind.name!r}",
                remedy=f"The classes are {in_words(classes)}.",
            )
        return np.array([self.classes.get(name, otherwise) for name in classes])

    def __str__(self) -> str:
        """As it is written: the first setting, and what else is not the default."""
        said = [
            f"{key}={_written(value)}"
            for place, (key, value) in enumerate(self.settings.items())
            if place == 0 or value != self.kind.settings[key].default
        ]
        said += [f"{_quoted(name)}={_written(value)}" for name, value in self.classes.items()]
        return f"{self.kind.name}:{','.join(said)}" if said else self.kind.name


def by_default(kind: LayerKind) -> Layer:
    """A layer with every setting as it is by default."""
    defaults = {name: each.default for name, each in kind.settings.items()}
    return Layer(kind, MappingProxyType(defaults), MappingProxyType({}))


def read_layer(kind: LayerKind, text: str) -> Layer:
    """A layer from its settings as text; those that are not named get their defaults.

    Raises
    ------
    TargetsRefused : no such setting, or a value out of range.
    """
    layer = by_default(kind)
    settings, classes = dict(layer.settings), {}
    for key, value in _pairs(text):
        if key.startswith('"'):
            if kind.by_class is None:
                raise _refused(kind, f"Layer {kind.name!r} takes no number for a class.")
            classes[_unquoted(key)] = _number(kind, key, kind.by_class, value)
        elif key in settings:
            settings[key] = _read(kind, key, value)
        else:
            raise _refused(kind, f"Layer {kind.name!r} has no setting {key!r}.")
    return Layer(kind, MappingProxyType(settings), MappingProxyType(classes))


def _pairs(text: str) -> list[tuple[str, str]]:
    found, place = [], 0
    while place < len(text.rstrip()):
        match = SETTING.match(text, place)
        if match is None or match.end() == place:
            raise TargetsRefused(
                f"The settings {in_words([text])} cannot be read.",
                remedy="Write setting=value, with commas between, and texts in double quotes.",
            )
        if match[1] or match[2]:
            found.append((match[1], match[2] or ""))
        place = match.end()
    return found


def _read(kind: LayerKind, key: str, value: str) -> Value:
    about = kind.settings[key]
    if isinstance(about, Amount):
        return _number(kind, key, about, value)
    word = _unquoted(value) if value.startswith('"') else value
    if isinstance(about, OneOf) and word not in about.words:
        raise TargetsRefused(
            f"{key}={value} is none of the words it may be.",
            where=f"layer {kind.name!r}",
            remedy=f"Choose one of {', '.join(about.words)}.",
        )
    return word


def _number(kind: LayerKind, key: str, limits: Amount, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not limits.low <= number <= limits.high:
        raise TargetsRefused(
            f"{key}={value} is not between {limits.low:g} and {limits.high:g}.",
            where=f"layer {kind.name!r}",
            remedy=f"Give a number from {limits.low:g} to {limits.high:g}.",
        )
    return number


def _refused(kind: LayerKind, what: str) -> TargetsRefused:
    said = ", ".join(kind.settings) or "none"
    more = ", and a class's name in double quotes" if kind.by_class else ""
    return TargetsRefused(what, remedy=f"Its settings: {said}{more}.")


def _written(value: Value) -> str:
    if isinstance(value, str):
        return value if re.fullmatch(r"[\w-]+", value, re.ASCII) else _quoted(value)
    return np.format_float_positional(value, trim="-")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text))
    except json.JSONDecodeError as error:
        raise TargetsRefused(
            f"The text {in_words([text])} is not quoted as JSON quotes texts.",
            remedy='Write it like "a name", and a double quote inside as \\".',
        ) from error
