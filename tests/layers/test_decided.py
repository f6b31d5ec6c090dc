from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.dataset import MISSING
from labelviz.core.evidence import control_order
from labelviz.errors import TargetsRefused
from labelviz.layers.decided import with_decisions
from labelviz.layers.ground import Ground
from labelviz.layers.making import Making, make_targets
from labelviz.layers.policy import parse_policy
from tests.conftest import dataset_of, decision_of, probabilities_of
from tests.layers.conftest import ABC, POLICIES, cases, decided, ground_of

POOLED = "people:disputed=pooled"


def test_a_chosen_class_is_shaped_like_any_label():
    data = dataset_of([0, 0, 0], ABC)
    choice = decision_of("1", "s1", "choose", label=("c",))
    targets = decided(data, "smooth:off=0.2 + people:doubt=1", choice)
    assert targets.values[1] == pytest.approx([0.1, 0.1, 0.8])
    assert targets.source.tolist() == ["policy", "reviewer", "policy"]
    assert targets.values[0].tolist() == targets.values[2].tolist()


@given(cases(), POLICIES, st.data())
def test_a_settled_label_is_what_the_policy_would_make_of_it(case, text: str, draw):
    data, opinion = case
    row = draw.draw(st.integers(0, len(data) - 1))
    k = draw.draw(st.integers(0, data.n_classes - 1))
    choice = decision_of("1", data.ids[row], "choose", label=(data.classes[k],))
    relabelled = np.array(data.given)
    relabelled[row] = k
    expected = make_targets(dataset_of(relabelled, data.classes), parse_policy(text), opinion)
    found = decided(data, f"{text} + people:doubt=1", choice, opinion=opinion)
    assert found.values.tolist() == expected.values.tolist()


@given(cases(task="multilabel"), POLICIES, st.data())
def test_settled_cells_are_what_the_policy_would_make_of_them(case, text: str, draw):
    data, opinion = case
    row = draw.draw(st.integers(0, len(data) - 1))
    names = draw.draw(st.sets(st.sampled_from(data.classes)))
    choice = decision_of("1", data.ids[row], "choose", label=tuple(names))
    relabelled = np.array(data.given)
    relabelled[row] = [name in names for name in data.classes]
    expected = make_targets(dataset_of(relabelled, data.classes), parse_policy(text), opinion)
    found = decided(data, f"{text} + people:doubt=1", choice, opinion=opinion)
    assert found.values == pytest.approx(expected.values, abs=1e-15)


@given(cases(), POLICIES, st.data())
def test_keeping_a_label_changes_no_number(case, text: str, draw):
    data, opinion = case
    row = draw.draw(st.integers(0, len(data) - 1))
    keep = decision_of("1", data.ids[row], "keep", label=data.label_names(data.given, row))
    plain = make_targets(data, parse_policy(text), opinion)
    found = decided(data, f"{text} + people:doubt=1", keep, opinion=opinion)
    assert found.values.tolist() == plain.values.tolist()


def test_a_label_chosen_for_an_unlabelled_sample_is_shaped_like_any_other():
    data = dataset_of([0, MISSING], ABC)
    choice = decision_of("1", "s1", "choose", label=("b",))
    targets = decided(data, "smooth:off=0.2 + people:doubt=1", choice)
    assert targets.values[1] == pytest.approx([0.1, 0.8, 0.1])
    assert targets.weight.tolist() == [1, 1]
    assert decided(data, "smooth:off=0.2").weight.tolist() == [1, 0]
    cells = dataset_of([[1, MISSING]], ("a", "b"))
    both = decision_of("1", "s0", "choose", label=("a", "b"))
    assert decided(cells, "smooth:off=0.1 + people:doubt=1", both).values[0].tolist() == [0.9, 0.9]


SHARES = st.one_of(st.sampled_from([0.0, 0.2, 0.5, 0.8, 1.0, np.nan]), st.floats(0, 1))


@st.composite
def softened(draw: st.DrawFn):
    """A dataset with soft labels of any kind, whatever the labels say, an opinion, and a policy."""
    multilabel, n = draw(st.booleans()), draw(st.integers(1, 5))
    k = draw(st.integers(1 if multilabel else 2, 4))
    classes = tuple(f"c{each}" for each in range(k))
    if multilabel:
        cells = st.lists(st.sampled_from([MISSING, 0, 1]), min_size=k, max_size=k)
        labels = draw(st.lists(cells, min_size=n, max_size=n))
        soft = np.array([draw(st.lists(SHARES, min_size=k, max_size=k)) for _ in range(n)])
    else:
        labels = draw(st.lists(st.integers(MISSING, k - 1), min_size=n, max_size=n))
        masses = st.lists(st.sampled_from([0, 1, 1, 2, 7]), min_size=k, max_size=k)
        rows = np.array([draw(masses) for _ in range(n)], dtype=float)
        sums = rows.sum(axis=1, keepdims=True)
        soft = np.where(sums > 0, rows / np.where(sums > 0, sums, 1), np.nan)
    task = "multilabel" if multilabel else "binary" if k == 2 else "multiclass"
    data = dataset_of(labels, classes, task=task, soft=soft)
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    opinion = rng.random((n, k)) if multilabel else rng.dirichlet(np.ones(k), n)
    return data, probabilities_of(data, opinion), draw(st.one_of(st.just("given"), POLICIES))


@given(softened(), st.data())
def test_what_a_reviewer_says_ends_on_top_whatever_the_policy(case, draw):
    data, opinion, text = case
    row = draw.draw(st.integers(0, len(data) - 1))
    given_names = data.label_names(data.given, row)
    if data.multilabel:
        names = tuple(draw.draw(st.sets(st.sampled_from(data.classes))))
        names = given_names if draw.draw(st.booleans()) else names
    else:
        names = (draw.draw(st.sampled_from([*given_names, *data.classes])),)
    verdict = "keep" if names == given_names else "choose"
    targets = decided(
        data, text, decision_of("1", data.ids[row], verdict, label=names), opinion=opinion
    )
    found, chosen = targets.values[row], np.isin(data.classes, names)
    if data.multilabel:
        assert (found[chosen] > 0.5).all()
        assert (found[~chosen] < 0.5).all()
    else:
        assert found[chosen].min() > found[~chosen].max()
        assert found.sum() == pytest.approx(1)
    assert (targets.weight[row], targets.source[row]) == (1, "reviewer")


def test_a_choice_against_a_soft_label_is_not_turned_round():
    data = dataset_of([0, 0, 0, 0], ("neg", "pos"), soft=np.array([[0.2, 0.8]] * 4))
    targets = decided(
        data,
        "given + people:doubt=1",
        decision_of("1", "s0", "choose", label=("pos",)),
        decision_of("2", "s1", "keep", label=("neg",)),
        decision_of("3", "s2", "exclude"),
    )
    assert targets.values.tolist() == [[0.2, 0.8], [1, 0], [0.2, 0.8], [0.2, 0.8]]
    assert targets.weight.tolist() == [1, 1, 0, 1]
    assert targets.source.tolist() == ["reviewer", "reviewer", "reviewer", "given"]


def test_a_soft_cell_stands_where_it_leans_as_the_reviewer_says():
    soft = np.array([[0.7, 0.7, 0.5, np.nan]])
    data = dataset_of([[1, 0, 1, 0]], ("a", "b", "c", "d"), soft=soft)
    choice = decision_of("1", "s0", "choose", label=("a", "c", "d"))
    assert decided(data, "given + people:doubt=1", choice).values.tolist() == [[0.7, 0, 1, 1]]


def test_people_are_surer_than_llms_unless_somebody_says_otherwise():
    data = dataset_of([0, 0, 0], ABC)
    said = (decision_of("1", "s1", "choose", label=("c",)), decision_of("2", "s2", label=("a",)))
    rows = {
        "smooth:off=0.2": ([0, 0, 1], [1, 0, 0]),
        "smooth:off=0.2 + people:doubt=0.25": ([0.025, 0.025, 0.95], [0.95, 0.025, 0.025]),
        "smooth:off=0.2 + people:doubt=1": ([0.1, 0.1, 0.8], [0.8, 0.1, 0.1]),
    }
    for text, (chosen, kept) in rows.items():
        values = decided(data, text, *said).values
        assert values[0] == pytest.approx([0.8, 0.1, 0.1])
        assert values[1] == pytest.approx(chosen)
        assert values[2] == pytest.approx(kept)


def test_a_soft_label_that_was_kept_stands_and_one_that_was_chosen_against_it_is_hard():
    data = dataset_of([1, 1], ("neg", "pos"), soft=np.array([[0.2, 0.8]] * 2))
    keep = decision_of("1", "s0", "keep", label=("pos",))
    choose = decision_of("2", "s1", "choose", label=("pos",))
    assert decided(data, "given", keep, choose).values.tolist() == [[0.2, 0.8], [0, 1]]


@given(st.floats(0, 1))
def test_a_target_that_a_reviewer_set_leans_on_the_policy_as_far_as_is_asked(lean: float):
    data = dataset_of([0, 0], ABC)
    said = decision_of("1", "s1", "soften", target={"a": 0.15, "b": 0.6, "c": 0.25})
    row = decided(data, f"smooth:off=0.2 + people:lean={lean!r}", said).values[1]
    assert row == pytest.approx(
        (1 - lean) * np.array([0.15, 0.6, 0.25]) + lean * np.array([0.8, 0.1, 0.1])
    )


def test_what_people_settled_keeps_its_weight_though_it_was_suspicious_or_easy():
    ground = ground_of(10, 3, 0)
    policy = parse_policy("doubt:weight=0,above=0 + thin:keep=0,gate=0 + duplicates")
    targets = with_decisions(Making(ground, policy), ground.review)
    settled = [row for row in range(10) if targets.source[row] == "reviewer"]
    assert settled == sorted(control_order(10)[:2].tolist())
    assert targets.weight.tolist() == [0.5 if row in settled else 0 for row in range(10)]


def test_a_soft_target_stands_as_it_was_set():
    data = dataset_of([0, 0], ABC)
    soft = decision_of("1", "s1", "soften", target={"a": 0.15, "b": 0.6, "c": 0.25})
    targets = decided(data, "smooth:off=0.2", soft)
    assert targets.values[1].tolist() == [0.15, 0.6, 0.25]
    assert targets.source[1] == "reviewer"


def test_an_excluded_sample_has_no_weight():
    targets = decided(dataset_of([0, 1]), "hard", decision_of("1", "s1", "exclude"))
    assert targets.weight.tolist() == [1, 0]
    assert targets.values[1].tolist() == [0, 1]
    assert targets.source[1] == "reviewer"


@pytest.mark.parametrize("verdict", ["unsure", "flag"])
def test_unsure_and_flagged_samples_stay_with_the_policy(verdict: str):
    targets = decided(dataset_of([0, 1]), "hard", decision_of("1", "s1", verdict))
    assert targets.source.tolist() == ["given", "given"]
    assert targets.weight.tolist() == [1, 1]


@pytest.mark.bad_input("I01")
def test_a_disputed_sample_stays_with_the_policy():
    keep = decision_of("1", "s1", "keep", label=("yes",), sequence=1)
    other = decision_of("2", "s1", "choose", label=("no",), reviewer="bob", sequence=2)
    targets = decided(dataset_of([0, 1]), "hard", keep, other)
    assert targets.values[1].tolist() == [0, 1]
    assert targets.source[1] == "given"


# Answers together


def said_by(*said):
    """One decision on s0 by each of several people."""
    return [
        decision_of(str(number), "s0", verdict, reviewer=f"r{number}", sequence=number, **more)
        for number, (verdict, more) in enumerate(said, start=1)
    ]


A, B = ("choose", {"label": ("a",)}), ("choose", {"label": ("b",)})
OUT, UNSURE, FLAG = ("exclude", {}), ("unsure", {}), ("flag", {})


@pytest.mark.parametrize(
    ("said", "row", "weight", "source"),
    [
        ((A, B), [0.5, 0.5, 0], 1, "pooled"),
        ((A, B, B, B), [0.25, 0.75, 0], 1, "pooled"),
        ((B, OUT, OUT), [0, 1, 0], 1 / 3, "pooled"),
        ((A, B, OUT, UNSURE, FLAG), [0.5, 0.5, 0], 2 / 3, "pooled"),
        ((OUT, UNSURE), [1, 0, 0], 0, "pooled"),
        ((UNSURE, FLAG), [1, 0, 0], 1, "given"),
        ((("soften", {"target": {"a": 0.4, "c": 0.6}}), B), [0.2, 0.5, 0.3], 1, "pooled"),
        ((B, B), [0, 1, 0], 1, "reviewer"),
    ],
)
def test_every_voice_counts_alike_where_answers_are_pooled(said, row, weight, source: str):
    data = dataset_of([0, 1], ABC)
    targets = decided(data, POOLED, *said_by(*said))
    assert targets.values[0] == pytest.approx(row)
    assert targets.weight.tolist() == [pytest.approx(weight), 1]
    assert targets.source.tolist() == [source, "given"]
    assert targets.by_people.tolist() == [source != "given", False]
    if source == "pooled":
        alone = decided(data, "hard", *said_by(*said))
        assert (alone.values[0].tolist(), alone.weight[0]) == ([1, 0, 0], 1)
        assert alone.source[0] == "given"


def test_answers_give_an_unlabelled_sample_its_weight():
    data = dataset_of([MISSING, 1], ABC)
    assert decided(data, "hard", *said_by(A, B)).weight.tolist() == [0, 1]
    assert decided(data, POOLED, *said_by(A, B)).weight.tolist() == [1, 1]


@pytest.mark.bad_input("C12")
def test_a_decision_on_a_sample_that_is_gone_changes_nothing():
    targets = decided(dataset_of([0, 1]), "hard", decision_of("1", "gone", "exclude"))
    assert targets.weight.tolist() == [1, 1]


@pytest.mark.bad_input("D17")
def test_settling_on_a_class_that_is_none_is_refused():
    shape = Making(Ground(dataset_of([0, 1])), parse_policy("hard"))
    with pytest.raises(TargetsRefused, match="No such class"):
        shape.label(0, ("maybe",))


# Weights that came with the data


def test_a_weight_stays_until_a_person_leaves_the_sample_out_or_wants_it_in():
    data = dataset_of([0, 0, 0, 0, MISSING], weight=np.array([0.0, 0.0, 2.0, 2.0, 2.0]))
    assert make_targets(data, parse_policy("hard")).weight.tolist() == [0, 0, 2, 2, 0]
    said = [
        decision_of("1", "s1", "keep", label=("no",)),
        decision_of("2", "s2", "choose", label=("yes",)),
        decision_of("3", "s3", "exclude"),
        decision_of("4", "s4", "soften", target={"no": 0.5, "yes": 0.5}),
    ]
    assert decided(data, "hard", *said).weight.tolist() == [0, 1, 2, 0, 2]
    split = [decision_of("1", "s2", "exclude"), decision_of("2", "s2", reviewer="bob")]
    assert decided(data, POOLED, *split).weight.tolist() == [0, 0, 1, 2, 0]
