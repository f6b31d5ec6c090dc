from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from labelviz.core.distributions import Probabilities
from labelviz.core.precision import Computed
from labelviz.errors import LabelsRefused, ModelRefused
from labelviz.models import crossval
from labelviz.models.crossval import cross_validate
from labelviz.models.embed import Embedded
from tests.conftest import ENOUGH, assert_message, dataset_of

WORDS = ("cat dog bird", "rain snow sun", "red blue green")


def topical(n=60, classes=("animal", "weather", "colour")):
    """Texts that tell their class: two words of its list and a number."""
    random = np.random.default_rng(0)
    labels = np.arange(n) % len(classes)
    texts = [
        " ".join(random.choice(WORDS[k].split(), 2)) + f" {row}" for row, k in enumerate(labels)
    ]
    return dataset_of(labels, classes, [texts])


def matching(n=90):
    """Pairs of products, a third of them the same with words in another order."""
    random = np.random.default_rng(1)
    brands = ["sony", "bose", "canon", "nikon", "philips"]
    left = [f"{random.choice(brands)} camera model x{100 + row}" for row in range(n)]
    same = np.arange(n) % 3 == 0
    right = [
        f"x{100 + row} camera {text.split()[0]}"
        if yes
        else f"{random.choice(brands)} camera x{row}"
        for row, (text, yes) in enumerate(zip(left, same, strict=True))
    ]
    return dataset_of(same.astype(int), texts=[left, right])


def by_number(fold):
    """What draws these folds for samples s0, s1, ... in whatever order they stand."""
    return lambda dataset, *_: fold[[int(sample[1:]) for sample in dataset.ids]]


def given_share(result: Probabilities, labels) -> np.ndarray:
    return result.values[np.arange(len(labels)), labels]


def test_texts_that_tell_their_class_are_told():
    dataset = topical()
    result = cross_validate(dataset)
    assert (result.values.argmax(axis=1) == dataset.given).mean() == 1.0
    np.testing.assert_allclose(result.values.sum(axis=1), 1, atol=1e-12)
    assert result.classes == dataset.classes
    assert result.provenance.relation == "out-of-fold"
    assert result.provenance.dataset == dataset.fingerprint
    assert np.bincount(result.folds).tolist() == [12] * 5


def test_a_wrong_label_gets_the_least_probability():
    dataset = topical()
    labels = dataset.given.copy()
    labels[7] = (labels[7] + 1) % 3
    wrong = dataset_of(labels, dataset.classes, [dataset.texts[0].tolist()])
    assert given_share(cross_validate(wrong), labels).argmin() == 7


def test_no_sample_is_judged_by_its_own_label(monkeypatch):
    """Flipping the labels of a fold changes no probability in that fold."""
    dataset = topical()
    fold = np.arange(60) // 3 % 5
    monkeypatch.setattr(crossval, "folds", by_number(fold))
    labels = np.where(fold == 2, (dataset.given + 1) % 3, dataset.given)
    flipped = dataset_of(labels, dataset.classes, [dataset.texts[0].tolist()])
    before, after = cross_validate(dataset).values, cross_validate(flipped).values
    np.testing.assert_array_equal(before[fold == 2], after[fold == 2])
    assert np.abs(before - after)[fold != 2].max() > 0.01


def test_equal_texts_stay_in_one_fold():
    texts = [f"text {row // 2} {'good' if row % 3 else 'bad'}" for row in range(40)]
    dataset = dataset_of(np.arange(40) % 2, texts=[texts])
    fold = cross_validate(dataset).folds
    assert all(
        len({f for f, t in zip(fold, texts, strict=True) if t == text}) == 1 for text in texts
    )


def test_the_same_seed_gives_the_same_numbers():
    dataset = matching(45)
    first, again, other = (cross_validate(dataset, 2, seed).values for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0


def test_pairs_are_matched_by_what_their_texts_share():
    dataset = matching()
    result = cross_validate(dataset)
    assert (result.values.argmax(axis=1) == dataset.given).mean() >= 0.97
    assert "random forest on similarities" in result.provenance.source


def priced(n=300):
    """Pairs of records of one name each, the same where their prices are all but equal."""
    random = np.random.default_rng(2)
    same = random.integers(0, 2, n)
    prices = random.uniform(10, 900, n)
    others = prices * np.where(same == 1, random.uniform(0.95, 1, n), random.uniform(0.3, 0.7, n))
    left, right = (
        [f"name: item {row} | price: {price:.2f}" for row, price in enumerate(side)]
        for side in (prices, others)
    )
    return dataset_of(same, texts=[left, right])


def test_records_are_compared_attribute_by_attribute(monkeypatch):
    dataset = priced()
    result = cross_validate(dataset)
    wrong = (result.values.argmax(axis=1) != dataset.given).mean()
    assert wrong <= 0.1
    assert result.provenance.source.endswith("on similarities of the texts and of their attributes")
    assert "records compared by name, price" in result.provenance.notes
    monkeypatch.setattr(crossval, "attribute_features", lambda *_: {})
    whole = cross_validate(dataset)
    assert wrong <= 0.6 * (whole.values.argmax(axis=1) != dataset.given).mean()
    assert not any(note.startswith("records") for note in whole.provenance.notes)


def test_the_order_of_pairs_of_records_changes_no_number():
    dataset = priced(40)
    order = np.random.default_rng(0).permutation(40)
    np.testing.assert_array_equal(
        cross_validate(dataset.take(order)).values, cross_validate(dataset).values[order]
    )


def test_chinese_needs_no_spaces():
    good = ["很好看的电影", "好看极了", "真好看啊", "非常好看"]
    bad = ["太难看了吧", "难看得很", "真难看啊", "非常难看"]
    texts = [f"{text}{row}" for row in range(5) for text in (*good, *bad)]
    dataset = dataset_of([0, 0, 0, 0, 1, 1, 1, 1] * 5, texts=[texts])
    assert (cross_validate(dataset).values.argmax(axis=1) == dataset.given).all()


def test_samples_without_a_label_are_judged_and_teach_nothing():
    dataset = topical()
    labels = dataset.given.copy()
    labels[::10] = -1
    result = cross_validate(dataset_of(labels, dataset.classes, [dataset.texts[0].tolist()]))
    assert (result.values.argmax(axis=1) == dataset.given).mean() > 0.95


@pytest.mark.parametrize("labels", [[0, 0, 0, 0], [-1, -1, 1, 1], [-1, -1, -1, -1]])
def test_one_class_is_nothing_to_learn(labels):
    with pytest.raises(LabelsRefused) as caught:
        cross_validate(dataset_of(labels))
    assert_message(caught.value, "needs at least two classes", "given labels", "", "label column")


def test_one_value_in_every_cell_is_nothing_to_learn():
    with pytest.raises(LabelsRefused, match="no label is set"):
        cross_validate(dataset_of([[0, 0], [0, 0]]))


def test_every_label_on_every_sample_is_nothing_to_learn():
    with pytest.raises(LabelsRefused, match="every label is set"):
        cross_validate(dataset_of([[1, 1], [1, 1]]))


def test_fewer_than_two_folds_leave_nobody_out():
    with pytest.raises(ValueError, match="two folds"):
        cross_validate(topical(), k=1)


def test_a_class_with_fewer_samples_than_folds():
    dataset = topical()
    labels = np.where(dataset.given == 2, 0, dataset.given)
    labels[5] = 2
    rare = dataset_of(labels, dataset.classes, [dataset.texts[0].tolist()])
    result = cross_validate(rare)
    own_fold = result.folds == result.folds[5]
    share = 1 / (np.count_nonzero(~own_fold) + 3)
    np.testing.assert_allclose(result.values[own_fold, 2], share / (1 + share), rtol=1e-9)
    np.testing.assert_allclose(result.values.sum(axis=1), 1, atol=1e-12)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_fewer_samples_than_folds(n):
    result = cross_validate(
        dataset_of(np.arange(n) % 2, texts=[[f"word{row}" for row in range(n)]])
    )
    np.testing.assert_allclose(result.values.sum(axis=1), 1, atol=1e-12)


def test_one_group_only_leaves_no_training_sample():
    result = cross_validate(dataset_of([0, 1, 0], texts=[["same", "same", "same"]]))
    np.testing.assert_array_equal(result.values, np.full((3, 2), 0.5))


def test_multilabel_cells_are_learnt_one_by_one():
    animal, colour = np.arange(60) % 2, np.arange(60) // 2 % 2
    texts = [
        f"{'cat' if a else 'rain'} {'red' if c else 'loud'} {row * 7919:06d} {row * 104729:06d}"
        for row, (a, c) in enumerate(zip(animal, colour, strict=True))
    ]
    cells = np.column_stack([animal, colour, np.zeros(60, dtype=int)])
    cells[0, 1] = -1
    result = cross_validate(dataset_of(cells, ("animal", "colour", "never"), [texts]))
    predicted = result.values >= 0.5
    assert (predicted[:, 0] == animal).all()
    assert (predicted[:, 1] == colour).all()
    trained_on = 60 - np.bincount(result.folds)[result.folds]
    np.testing.assert_allclose(result.values[:, 2], 1 / (trained_on + 2))


def test_an_encoder_gives_the_features(tiny, precision):
    dataset = topical()
    result = cross_validate(dataset, encoder=tiny)
    assert result.provenance.source.endswith(f"embeddings of {tiny}")
    assert len(result.provenance.model_hash) == 16
    computed = result.provenance.computed
    assert (computed.precision, computed.max_tokens) == (precision, 32)
    assert result.provenance.notes[-len(computed.sentences) :] == computed.sentences
    assert cross_validate(dataset).provenance.computed is None
    assert np.abs(result.values - cross_validate(dataset).values).max() > 0.01
    pairs = cross_validate(matching(30), encoder=tiny)
    np.testing.assert_allclose(pairs.values.sum(axis=1), 1, atol=1e-12)


def test_with_an_encoder_pairs_are_alike_by_their_vectors_too():
    """Texts that share nothing, of which every second pair means the same."""
    same = np.arange(20) % 2 == 0
    left, right = ([f"{side}{row:02d}" for row in range(20)] for side in "ab")
    corpus = crossval.corpus_of(dataset_of(same.astype(int), texts=[left, right]).texts)
    vectors = np.eye(40)
    vectors[corpus.sides[1][same]] = vectors[corpus.sides[0][same]]
    embedded = Embedded(vectors, "hash", Computed("float32", "", 32, ""))
    everybody = np.ones(20, dtype=bool)
    for given, tells in ((embedded, True), (None, False)):
        features = crossval._views(corpus, given, {}, 0)[1].features(everybody)
        assert (features[same].min(axis=0) > features[~same].max(axis=0)).any() == tells


def test_an_encoder_that_is_refused(tmp_path):
    with pytest.raises(ModelRefused, match="no model folder"):
        cross_validate(topical(), encoder=tmp_path / "nothing")


def test_progress_counts_texts_then_folds(tiny):
    calls = []
    cross_validate(topical(), k=3, encoder=tiny, report=lambda *call: calls.append(call))
    assert (60, 60, "texts") in calls
    assert calls[-3:] == [(1, 3, "folds"), (2, 3, "folds"), (3, 3, "folds")]


def test_the_mixture_prefers_the_opinion_that_fits_the_other_folds():
    dataset = dataset_of([0, 1] * 10)
    right = np.eye(2)[dataset.given] * 0.8 + 0.1
    opinions = np.array([right, right[:, ::-1]])
    mixed = crossval._mix(dataset, opinions, np.arange(20) % 5)
    np.testing.assert_allclose(mixed, right)


def test_the_labels_of_a_fold_do_not_choose_what_judges_it():
    """Each opinion is right in one fold alone, so each fold gets the one that is wrong in it."""
    dataset = dataset_of([0, 1] * 10)
    fold = np.array([0] * 12 + [1] * 8)
    right = np.eye(2)[dataset.given] * 0.8 + 0.1
    wrong = right[:, ::-1]
    first = np.where(fold[:, None] == 0, right, wrong)
    mixed = crossval._mix(dataset, np.array([first, first[:, ::-1]]), fold)
    np.testing.assert_allclose(mixed, wrong)


def test_probabilities_of_one_fold_are_those_of_a_model_fitted_by_hand(monkeypatch):
    dataset = topical()
    fold = np.arange(60) % 2
    monkeypatch.setattr(crossval, "folds", by_number(fold))
    ordered = dataset.canonical
    train = by_number(fold)(ordered) == 1
    x = crossval.term_features(crossval.corpus_of(ordered.texts), train)
    model = LogisticRegression(C=10.0, max_iter=200, tol=1e-3)
    expected = model.fit(x[train], ordered.given[train]).predict_proba(x[~train])
    found = cross_validate(dataset, k=2)
    rows = [dataset.rows[sample] for sample in ordered.ids[~train]]
    columns = [dataset.classes.index(name) for name in ordered.classes]
    np.testing.assert_allclose(found.values[np.ix_(rows, columns)], expected, atol=1e-9)


@pytest.mark.parametrize("make", [topical, matching])
def test_the_order_of_samples_and_classes_changes_no_probability(make):
    dataset = make()
    rows = np.random.default_rng(5).permutation(len(dataset))
    turned = dataset.take(rows)
    turned = replace(
        turned, classes=turned.classes[::-1], given=turned.n_classes - 1 - turned.given
    )
    before, after = cross_validate(dataset, 2), cross_validate(turned, 2)
    np.testing.assert_array_equal(after.values[:, ::-1], before.values[rows])
    np.testing.assert_array_equal(after.folds, before.folds[rows])


def test_the_provenance_says_folds_groups_and_low_support():
    labels = topical().given.copy()
    labels[labels == 2] = 0
    labels[:2] = 2
    rare = dataset_of(labels, ("a", "b", "c"), [topical().texts[0].tolist()])
    origin = cross_validate(rare).provenance
    age = datetime.now(UTC) - datetime.fromisoformat(origin.created)
    assert age < timedelta(seconds=ENOUGH)
    notes = origin.notes
    assert notes[0].startswith("5 folds of ")
    assert notes[0].endswith("groups, near-duplicate texts together")
    assert notes[1] == "fewer samples than folds, so low support: 'c' (2)"
