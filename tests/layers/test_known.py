"""What every kind of layer, and every stack of them, has to keep."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelviz.core.axes import CLASS, reordered
from labelviz.core.decisions import Review
from labelviz.layers.decided import with_decisions
from labelviz.layers.ground import Ground
from labelviz.layers.known import KINDS
from labelviz.layers.layer import Amount, LayerKind, OneOf
from labelviz.layers.making import Making
from labelviz.layers.policy import SOFT, STARTS, parse_policy
from tests.layers.conftest import ground_of

# Layers under which every label stays the top one.
KEEPING = ("hard", "smooth", "asymmetric", "dynamic", "slices", "confidence", "spread",
           "people", "doubt", "thin", "duplicates", "balance")  # fmt: skip


@st.composite
def layers(draw: st.DrawFn, kind: LayerKind):
    """A layer with settings drawn from their ranges, as it is written."""
    said = []
    for name, each in kind.settings.items():
        if isinstance(each, Amount):
            said.append(f"{name}={draw(st.floats(each.low, each.high)):.6f}")
        elif isinstance(each, OneOf):
            said.append(f"{name}={draw(st.sampled_from(list(each.words)))}")
        elif name in ("column", "per"):
            said.append(f"{name}=kind")
    if kind.by_class and draw(st.booleans()):
        said.append(f'"c1"={draw(st.floats(kind.by_class.low, kind.by_class.high)):.6f}')
    return f"{kind.name}:{','.join(said)}" if said else kind.name


@st.composite
def stacks(draw: st.DrawFn, among: tuple[str, ...] = tuple(KINDS)):
    """A policy of any layers, one base at most."""
    names = draw(st.lists(st.sampled_from(among), unique=True, max_size=6))
    starts = [name for name in names if name in STARTS][1:]
    chosen = [name for name in names if name not in starts]
    return " + ".join(draw(layers(KINDS[name])) for name in chosen) or "hard"


def grounds(multilabel: bool = False):
    return st.builds(
        lambda n, k, seed: ground_of(n, k, seed, multilabel=multilabel),
        st.integers(6, 14), st.integers(2, 4), st.integers(0, 99),
    )  # fmt: skip


def fitting(text: str, ground: Ground) -> str:
    """The policy without layers for one label, where there are several."""
    several = ground.dataset.multilabel
    said = [
        each for each in parse_policy(text).layers if not (several and each.kind.labels == "one")
    ]
    return " + ".join(map(str, said)) or "hard"


def check(ground: Ground, text: str) -> None:
    making = Making(ground, parse_policy(text))
    for targets in (making.targets, with_decisions(making, ground.review)):
        values = targets.values
        assert ((values >= 0) & (values <= 1)).all()
        assert np.isfinite(targets.weight).all()
        assert (targets.weight >= 0).all()
        if not ground.dataset.multilabel:
            assert values.sum(axis=1) == pytest.approx(np.ones(len(values)), abs=1e-9)
    assert str(parse_policy(str(making.policy))) == str(making.policy)
    assert [each.layer for each in making.changed] == list(making.policy.whole)


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=8)
@given(st.data())
def test_every_layer_makes_distributions(name: str, data):
    ground = data.draw(st.one_of(grounds(), grounds(multilabel=True)))
    check(ground, fitting(data.draw(layers(KINDS[name])), ground))


@settings(max_examples=40)
@given(st.data())
def test_every_stack_makes_distributions_and_says_what_each_layer_changed(data):
    ground = data.draw(st.one_of(grounds(), grounds(multilabel=True)))
    check(ground, fitting(data.draw(stacks()), ground))


@settings(max_examples=40)
@given(st.data(), st.booleans())
def test_layers_of_shape_and_weight_leave_the_label_on_top(data, multilabel: bool):
    ground = data.draw(grounds(multilabel))
    text = fitting(data.draw(stacks(KEEPING)), ground)
    if multilabel and parse_policy(text).has("asymmetric"):
        text = "asymmetric:off=0.3,absent=0.1"  # two linear maps in turn may cross one half
    values = Making(ground, parse_policy(text)).targets.values
    given_ = ground.dataset.given
    found = values > 0.5 if multilabel else values.argmax(axis=1)
    assert found.tolist() == (given_ == 1 if multilabel else given_).tolist()


@settings(max_examples=25)
@given(st.data())
def test_a_sample_alone_goes_the_way_it_goes_among_others(data):
    ground = data.draw(st.one_of(grounds(), grounds(multilabel=True)))
    making = Making(ground, parse_policy(fitting(data.draw(stacks()), ground)))
    for row in (0, len(ground.dataset) - 1):
        _, values, weight = making.steps(row)[-1]
        assert values == pytest.approx(making.targets.values[row], abs=1e-12, nan_ok=True)
        assert weight == pytest.approx(making.targets.weight[row], abs=1e-12)


@settings(max_examples=25)
@given(st.data(), st.booleans(), st.randoms(use_true_random=False))
def test_renaming_and_reordering_classes_reorders_the_targets_of_every_stack(
    data, multilabel: bool, random
):
    ground = data.draw(grounds(multilabel))
    text = fitting(data.draw(stacks()), ground)
    order = list(range(ground.dataset.n_classes))
    random.shuffle(order)
    place = np.array(order)
    moved = reordered(ground.dataset, {CLASS: place})
    assert ground.probabilities is not None
    assert ground.suspicion is not None
    suggested = ground.suspicion.suggested
    suggested = suggested[:, place] if multilabel else np.argsort(place)[suggested]
    other = Ground(
        moved, ground.probabilities.aligned(moved),
        replace(ground.suspicion, suggested=suggested), ground.learned,
        Review(moved, _events(ground)), ground.draws,
    )  # fmt: skip
    values = Making(ground, parse_policy(text)).targets.values
    again = Making(other, parse_policy(text)).targets.values
    assert again == pytest.approx(values[:, place], abs=1e-7, nan_ok=True)


def _events(ground: Ground):
    return [
        each for sample in sorted(ground.review.samples) for each in ground.review.decisions(sample)
    ]


@pytest.mark.parametrize(
    "text",
    ["smooth:off=0", "dynamic:max=0", "bootstrap:label=1", "teacher:part=0",
     "slices:column=kind,times=0",
     "confidence:max=0", "asymmetric:off=0,absent=0", "balance:power=0", "duplicates:power=0",
     "thin:keep=1", "doubt:weight=1", "relabel:above=1"],
)  # fmt: skip
@pytest.mark.parametrize("multilabel", [False, True])
def test_a_layer_that_takes_nothing_changes_nothing(text: str, multilabel: bool):
    ground = ground_of(12, 3, 4, multilabel=multilabel)
    making = Making(ground, parse_policy(text))
    hard = Making(ground, parse_policy("hard")).targets
    assert making.targets.values.tolist() == hard.values.tolist()
    assert making.targets.weight == pytest.approx(hard.weight)
    assert [each.samples for each in making.changed] == [0] * len(making.changed)


def test_every_kind_says_what_it_is_and_names_itself_once():
    titles = [each.title for each in KINDS.values()]
    assert len(set(titles)) == len(titles)
    for name, kind in KINDS.items():
        assert name == kind.name
        assert kind.help.endswith(".")
        assert all(each.help for each in kind.settings.values())
    assert set(STARTS) <= set(KINDS)
    assert SOFT in KINDS


def test_every_layer_has_words_for_a_sample_or_none():
    ground = ground_of(12, 3, 1)
    for name in KINDS:
        more = ":column=kind" if name == "slices" else ""
        policy = parse_policy(name + more)
        for layer, _, _ in Making(ground, policy).steps(3):
            said = layer.kind.why(layer, ground, 3)
            assert "nan" not in said
            assert not said.endswith(".")
