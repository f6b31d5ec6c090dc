"""The layers of a policy, to be switched on and off, with a slider for each of their numbers."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from labelviz.core.dataset import Dataset
from labelviz.core.settings import HARD
from labelviz.layers.known import KINDS
from labelviz.layers.layer import (
    STAGES,
    Amount,
    Layer,
    LayerKind,
    OneOf,
    Stage,
    Value,
    by_default,
)
from labelviz.layers.policy import PEOPLE, SOFT, STARTS, Policy
from labelviz.ui.components import literal

STAGE_WORDS: dict[Stage, str] = {
    "base": "Begin with",
    "posterior": "What a model makes likely",
    "shape": "How soft",
    "people": "What reviewers say",
    "weight": "How much a sample weighs",
}
# The settings of all layers in words.
SETTING_WORDS = {
    "model": "Model", "above": "From", "per": "By slice column", "label": "The label's part",
    "part": "The model's part", "temperature": "Temperature", "off": "Off-label mass",
    "mass": "Sum of the cells", "absent": "Mass of classes that do not apply",
    "max": "Off-label mass of the hardest", "min": "Off-label mass of the easiest",
    "power": "Power", "by": "By", "column": "Slice column", "times": "Times the share of errors",
    "most": "At most", "as": "Numbers count as", "separator": "Separator", "tau": "Reach",
    "doubt": "Softness of a reviewer's class", "lean": "Policy's part in a reviewer's own target",
    "disputed": "Disputed samples are", "weight": "Weight", "keep": "What stays of the easiest",
    "gate": "Likely error from", "how": "How",
}  # fmt: skip
MORE = "More"
MOST_CLASSES = 12  # classes with a slider of their own


def edit(shown: Policy, dataset: Dataset, key: str) -> Policy:
    """The policy on the screen.

    Parameters
    ----------
    shown : what the widgets begin with.
    key : of the widgets; another one makes them begin anew.
    """
    named = {each.kind.name: each for each in shown.whole}
    layers: list[Layer] = []
    for stage in STAGES:
        kinds = [each for each in KINDS.values() if each.stage == stage]
        kinds = [each for each in kinds if each.name in named or _offered(each, dataset)]
        if not kinds:
            continue
        st.markdown(f"**{STAGE_WORDS[stage]}**")
        if stage == "base":
            layers.append(_start(kinds, named, dataset, key))
            kinds = [each for each in kinds if each.name not in STARTS]
        for kind in kinds:
            on = kind.name == PEOPLE or st.checkbox(
                kind.title, kind.name in named, help=kind.help, key=f"{kind.name} {key}"
            )
            if on:
                layers.append(_set(named.get(kind.name, by_default(kind)), dataset, key))
    return Policy(tuple(layers))


def _start(
    kinds: Iterable[LayerKind], named: dict[str, Layer], dataset: Dataset, key: str
) -> Layer:
    starts = [each.name for each in kinds if each.name in STARTS]
    chosen = next(name for name in starts if name in named)
    name = st.radio(
        STAGE_WORDS["base"], starts, starts.index(chosen), key=f"start {key}",
        format_func=lambda each: KINDS[each].title, label_visibility="collapsed",
    )  # fmt: skip
    return _set(named.get(name, by_default(KINDS[name])), dataset, key)


def _offered(kind: LayerKind, dataset: Dataset) -> bool:
    """Whether a layer has anything to go by in a dataset."""
    asked = bool(dataset.annotators) or dataset.votes is not None
    there = {
        SOFT: dataset.soft is not None,
        "votes": asked,
        "slices": bool(dataset.slices),
        "confidence": dataset.confidence is not None,
        HARD: True,
    }
    fits = kind.labels in ("either", "several" if dataset.multilabel else "one")
    return fits and there.get(kind.name, True)


def _set(layer: Layer, dataset: Dataset, key: str) -> Layer:
    """A layer with the settings on the screen; all but the first are folded away."""
    kind, place = layer.kind, f"{layer.kind.name} {key}"
    settings = dict(layer.settings)
    first, *rest = [name for name in kind.settings if _matters(name, dataset)] or [""]
    if first:
        settings[first] = _setting(first, layer, dataset, f"{first} of {place}")
    if not rest and kind.by_class is None:
        return Layer(kind, settings)
    with st.expander(MORE):
        for name in rest:
            settings[name] = _setting(name, layer, dataset, f"{name} of {place}")
        return Layer(kind, settings, _by_class(layer, dataset, place))


def _matters(name: str, dataset: Dataset) -> bool:
    """Whether a setting can change anything in a dataset."""
    several = {"mass", "absent"}
    return (name not in several or dataset.multilabel) and (name != "per" or bool(dataset.slices))


def _setting(name: str, layer: Layer, dataset: Dataset, key: str) -> Value:
    each, value = layer.kind.settings[name], layer.settings[name]
    words = SETTING_WORDS[name]
    if isinstance(each, Amount):
        step = 0.01 if each.high <= 1 else 0.1
        return st.slider(
            words, each.low, each.high, float(value), step, format="%.2f", help=each.help, key=key
        )
    if isinstance(each, OneOf):
        options = list(each.words)
        chosen: str = st.selectbox(
            words, options, options.index(str(value)), help=each.help, key=key,
            format_func=each.words.__getitem__,
        )  # fmt: skip
        return chosen
    if name not in ("column", "per"):
        return st.text_input(words, str(value), help=each.help, key=key)
    columns = [*dataset.slices] if name == "column" else ["", *dataset.slices]
    if str(value) not in columns:
        columns = [*columns, str(value)] if value else columns
    if not columns:
        return str(value)
    picked: str = st.selectbox(
        words, columns, columns.index(str(value)) if str(value) in columns else 0,
        help=each.help, key=key, format_func=literal.options(columns).__getitem__,
    )  # fmt: skip
    return picked


def _by_class(layer: Layer, dataset: Dataset, place: str) -> dict[str, float]:
    """A number for each class that is to have its own."""
    about = layer.kind.by_class
    if about is None:
        return {}
    words = literal.options(dataset.classes)
    own = st.multiselect(
        "Classes with a mass of their own", dataset.classes,
        [name for name in dataset.classes if name in layer.classes],
        format_func=words.__getitem__, key=f"classes of {place}", max_selections=MOST_CLASSES,
    )  # fmt: skip
    found = {}
    for name in own:
        literal.plain(name)
        found[name] = st.slider(
            "Off-label mass of this class", about.low, about.high,
            layer.classes.get(name, about.default), 0.01, format="%.2f",
            key=f"{name} of {place}", label_visibility="collapsed",
        )  # fmt: skip
    return found
