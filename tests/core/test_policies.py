from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.dataset import MISSING
from labelviz.core.decisions import Review
from labelviz.core.policies import (
    RECIPES,
    Shape,
    make_targets,
    parse_policy,
    shape_labels,
    with_decisions,
)
from labelviz.errors import StepMissing, TargetsRefused
from tests.conftest import dataset_of, decision_of, probabilities_of

ABC = ("a", "b", "c")
POLICIES = st.one_of(
    st.just("hard"),
    st.floats(0, 0.45).map("smooth:off={}".format),
    st.tuples(st.floats(0, 0.45), st.floats(0.1, 10)).map(
        lambda pair: "dynamic:max={},power={}".format(*pair)
    ),
)


@st.composite
def cases(draw: st.DrawFn, k: int | None = None, task: str = ""):
    """A dataset and a model's opinion about it."""
    n, k = draw(st.integers(1, 12)), k or draw(st.integers(2, 5))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    classes = tuple(f"c{each}" for each in range(k))
    if task == "multilabel":
        data = dataset_of(rng.integers(0, 2, (n, k)), classes)
        return data, probabilities_of(data, rng.random((n, k)))
    data = dataset_of(rng.integers(0, k, n), classes)
    return data, probabilities_of(data, rng.dirichlet(np.ones(k) * 0.5, n))


# Recipes as text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("hard", "hard"),
        ("smooth", "smooth:off=0.1"),
        (" smooth: off = 0.2 ", "smooth:off=0.2"),
        ("dynamic", "dynamic:max=0.2,power=1"),
        ("dynamic:power=2", "dynamic:max=0.2,power=2"),
        ("smooth:off=0.12345678901", "smooth:off=0.12345678901"),
        ("smooth:off=1e-7", "smooth:off=0.0000001"),
    ],
)
def test_a_policy_is_read_and_written(text: str, written: str):
    assert str(parse_policy(text)) == written


@given(POLICIES)
def test_a_written_policy_reads_back_exactly(text: str):
    policy = parse_policy(text)
    assert parse_policy(str(policy)) == policy


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_can_be_named_without_parameters(name: str):
    assert dict(parse_policy(name).parameters) == {
        key: each.default for key, each in RECIPES[name].parameters.items()
    }


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ("soft", "There is no policy 'soft'.", "hard, smooth, dynamic"),
        ("", "There is no policy ''.", "hard, smooth, dynamic"),
        ("hard:off=0.1", "has no parameter 'off'", "none"),
        ("smooth:of=0.1", "has no parameter 'of'", "off"),
        ("smooth:off=0.5", "off=0.5 is not between 0 and 0.45.", "from 0 to 0.45"),
        ("smooth:off=-0.1", "off=-0.1 is not between", "from 0 to 0.45"),
        ("smooth:off=nan", "off=nan is not between", "from 0 to 0.45"),
        ("smooth:off=0,1", "has no parameter '1'", "off"),
        ("smooth:off", "off= is not between", "from 0 to 0.45"),
        ("dynamic:power=0", "power=0 is not between 0.1 and 10", "from 0.1 to 10"),
    ],
)
def test_a_policy_that_is_none_is_refused(text: str, what: str, hint: str):
    with pytest.raises(TargetsRefused) as refused:
        parse_policy(text)
    assert what in refused.value.what
    assert hint in refused.value.remedy


# Shapes


def test_smoothing_a_tenth_gives_a_tenth_and_nine():
    targets = make_targets(dataset_of([1, 0]), parse_policy("smooth:off=0.1"))
    assert targets.values.tolist() == [[0.1, 0.9], [0.9, 0.1]]
    assert set(targets.source) == {"policy"}
    assert targets.weight.tolist() == [1, 1]


def test_hard_targets_are_the_given_labels():
    targets = make_targets(dataset_of([1, 0]), parse_policy("hard"))
    assert targets.values.tolist() == [[0, 1], [1, 0]]
    assert set(targets.source) == {"given"}


def test_off_label_mass_is_shared_by_the_other_classes():
    targets = make_targets(dataset_of([0], ABC), parse_policy("smooth:off=0.2"))
    assert targets.values[0] == pytest.approx([0.8, 0.1, 0.1])


def test_torch_smoothing_of_a_tenth_over_three_classes_is_a_fifteenth_off():
    targets = make_targets(dataset_of([0], ABC), parse_policy(f"smooth:off={0.1 * 2 / 3}"))
    assert targets.values[0] == pytest.approx([0.933333, 0.033333, 0.033333], abs=1e-6)
    logits = torch.tensor([[2.0, 0.0, -1.0]], dtype=torch.float64)
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(targets.values))
    assert loss.item() == pytest.approx(0.336513, abs=1e-6)


@given(cases(), st.floats(0, 0.4), st.integers(0, 1000))
def test_smoothing_equals_torchs_label_smoothing(case, epsilon: float, seed: int):
    data, _ = case
    off = epsilon * (data.n_classes - 1) / data.n_classes
    targets = make_targets(data, parse_policy(f"smooth:off={off!r}"))
    logits = torch.tensor(np.random.default_rng(seed).normal(size=targets.values.shape))
    ours = torch.nn.CrossEntropyLoss()(logits, torch.tensor(targets.values))
    theirs = torch.nn.CrossEntropyLoss(label_smoothing=epsilon)(logits, torch.tensor(data.given))
    assert ours.item() == pytest.approx(theirs.item())


@given(cases(), POLICIES)
def test_rows_sum_to_one_in_range_and_keep_their_top_class(case, text: str):
    data, opinion = case
    values = make_targets(data, parse_policy(text), opinion).values
    assert values.sum(axis=1) == pytest.approx(np.ones(len(data)), abs=1e-9)
    assert ((values >= 0) & (values <= 1)).all()
    assert values.argmax(axis=1).tolist() == data.given.tolist()


@given(cases(task="multilabel"), POLICIES)
def test_multilabel_cells_stay_on_their_side(case, text: str):
    data, opinion = case
    values = make_targets(data, parse_policy(text), opinion).values
    assert ((values >= 0) & (values <= 1)).all()
    assert (values > 0.5).astype(int).tolist() == data.given.tolist()


@given(cases(k=2))
def test_dynamic_binary_targets_lie_in_the_outer_fifths(case):
    data, opinion = case
    values = make_targets(data, parse_policy("dynamic"), opinion).values
    assert ((values <= 0.2 + 1e-12) | (values >= 0.8 - 1e-12)).all()


@given(cases(), POLICIES, st.randoms(use_true_random=False))
def test_renaming_and_reordering_classes_reorders_targets(case, text: str, random):
    data, opinion = case
    order = list(range(data.n_classes))
    random.shuffle(order)
    place = np.argsort(order)
    other = dataset_of(place[data.given], tuple(data.classes[k] for k in order), task=data.task)
    values = make_targets(data, parse_policy(text), opinion).values
    moved = make_targets(other, parse_policy(text), opinion.aligned(other)).values
    assert moved == pytest.approx(values[:, order], abs=1e-9)


@given(cases(), st.floats(0.1, 10))
def test_dynamic_without_mass_is_hard(case, power: float):
    data, opinion = case
    dynamic = make_targets(data, parse_policy(f"dynamic:max=0,power={power}"), opinion)
    assert dynamic.values.tolist() == make_targets(data, parse_policy("hard")).values.tolist()


def test_dynamic_gives_the_easiest_nothing_and_the_hardest_the_maximum():
    data = dataset_of([0, 0, 1])
    opinion = probabilities_of(data, [[1, 0], [0.5, 0.5], [0.11, 0.89]])
    values = make_targets(data, parse_policy("dynamic:max=0.2"), opinion).values
    assert values[:, 1].tolist() == pytest.approx([0, 0.2, 0.9], abs=1e-3)
    steep = make_targets(data, parse_policy("dynamic:max=0.2,power=2"), opinion).values
    assert steep[:, 1].tolist() == pytest.approx([0, 0.2, 0.95], abs=1e-3)


def test_dynamic_shapes_every_multilabel_cell_by_itself():
    data = dataset_of([[1, 0], [1, 0]], ("a", "b"))
    opinion = probabilities_of(data, [[1.0, 0.5], [0.0, 1.0]])
    values = make_targets(data, parse_policy("dynamic:max=0.2"), opinion).values
    assert values.tolist() == [[1.0, 0.2], [1.0, 0.0]]


def test_dynamic_without_probabilities_says_which_step_is_missing():
    with pytest.raises(StepMissing, match="needs a model's probabilities") as refused:
        make_targets(dataset_of([0, 1]), parse_policy("dynamic"))
    assert "labelviz predict" in refused.value.remedy


@pytest.mark.bad_input("D07")
@given(st.floats(0, 0.45))
def test_a_missing_label_stays_undecided_under_smoothing(off: float):
    targets = make_targets(dataset_of([0, MISSING], ABC), parse_policy(f"smooth:off={off}"))
    assert targets.values[1] == pytest.approx([1 / 3] * 3)


def test_a_missing_cell_stays_unknown_under_smoothing():
    data = dataset_of([[1, MISSING]], ("a", "b"))
    values = make_targets(data, parse_policy("smooth:off=0.1")).values
    assert values[0, 0] == 0.9
    assert np.isnan(values[0, 1])


def test_shape_labels_takes_one_mass_for_all_or_one_each():
    hard = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    once = shape_labels(hard, np.array([0.2]), multilabel=False)
    each = shape_labels(hard, np.array([0.0, 0.4]), multilabel=False)
    assert once == pytest.approx(np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1]]))
    assert each == pytest.approx(np.array([[1.0, 0.0, 0.0], [0.2, 0.6, 0.2]]))


# Decisions before the policy


def decided(data, text: str, *decisions, opinion=None, pool=False):
    shape = Shape.of(data, parse_policy(text), opinion)
    events = [replace(each, sequence=number) for number, each in enumerate(decisions, start=1)]
    return with_decisions(shape, Review(data, events), pool=pool)


def test_a_chosen_class_is_shaped_like_any_label():
    data = dataset_of([0, 0, 0], ABC)
    choice = decision_of("1", "s1", "choose", label=("c",))
    targets = decided(data, "smooth:off=0.2", choice)
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
    found = decided(data, text, choice, opinion=opinion)
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
    found = decided(data, text, choice, opinion=opinion)
    assert found.values == pytest.approx(expected.values, abs=1e-15)


@given(cases(), POLICIES, st.data())
def test_keeping_a_label_changes_no_number(case, text: str, draw):
    data, opinion = case
    row = draw.draw(st.integers(0, len(data) - 1))
    keep = decision_of("1", data.ids[row], "keep", label=data.label_names(data.given, row))
    plain = make_targets(data, parse_policy(text), opinion)
    found = decided(data, text, keep, opinion=opinion)
    assert found.values.tolist() == plain.values.tolist()


def test_a_label_chosen_for_an_unlabelled_sample_is_shaped_like_any_other():
    data = dataset_of([0, MISSING], ABC)
    choice = decision_of("1", "s1", "choose", label=("b",))
    targets = decided(data, "smooth:off=0.2", choice)
    assert targets.values[1] == pytest.approx([0.1, 0.8, 0.1])
    assert targets.weight.tolist() == [1, 1]
    assert decided(data, "smooth:off=0.2").weight.tolist() == [1, 0]
    cells = dataset_of([[1, MISSING]], ("a", "b"))
    both = decision_of("1", "s0", "choose", label=("a", "b"))
    assert decided(cells, "smooth:off=0.1", both).values[0].tolist() == [0.9, 0.9]


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
        "given",
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
    assert decided(data, "given", choice).values.tolist() == [[0.7, 0, 1, 1]]


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
    targets = decided(data, "hard", *said_by(*said), pool=True)
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
    assert decided(data, "hard", *said_by(A, B), pool=True).weight.tolist() == [1, 1]


@pytest.mark.bad_input("C12")
def test_a_decision_on_a_sample_that_is_gone_changes_nothing():
    targets = decided(dataset_of([0, 1]), "hard", decision_of("1", "gone", "exclude"))
    assert targets.weight.tolist() == [1, 1]


@pytest.mark.bad_input("D17")
def test_settling_on_a_class_that_is_none_is_refused():
    shape = Shape.of(dataset_of([0, 1]), parse_policy("hard"))
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
    assert decided(data, "hard", *split, pool=True).weight.tolist() == [0, 0, 1, 2, 0]


# Soft labels that came with the data


def test_given_takes_soft_labels_where_there_are_any():
    data = dataset_of(
        [0, 1, -1, -1], soft=np.array([[0.8, 0.2], [np.nan] * 2, [0.4, 0.6], [np.nan] * 2])
    )
    targets = make_targets(data, parse_policy("given"))
    assert targets.values.tolist() == [[0.8, 0.2], [0.0, 1.0], [0.4, 0.6], [0.5, 0.5]]
    assert targets.weight.tolist() == [1, 1, 1, 0]
    assert set(targets.source) == {"given"}
    assert make_targets(data, parse_policy("hard")).values[0].tolist() == [1.0, 0.0]


def test_given_without_soft_labels_is_hard():
    data = dataset_of([0, 1])
    given_ = make_targets(data, parse_policy("given"))
    assert given_.values.tolist() == make_targets(data, parse_policy("hard")).values.tolist()


def test_given_mixes_cells_of_several_labels():
    data = dataset_of([[0, 1], [1, -1]], soft=np.array([[0.2, np.nan], [0.9, 0.3]]))
    assert make_targets(data, parse_policy("given")).values.tolist() == [[0.2, 1.0], [0.9, 0.3]]
