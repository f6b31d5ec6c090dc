from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.arrays import strings
from labelviz.core.dataset import MISSING
from labelviz.core.distributions import Provenance
from labelviz.core.evidence import Embeddings, Evidence, NotChecked, Verdicts
from labelviz.detectors.slices import slices
from tests.conftest import dataset_of
from tests.detectors.conftest import evidence_of, found, rich

NOBODY = np.zeros(24, dtype=bool)


def reviewed(upto: int = 20) -> Evidence:
    """Eight samples in a mall and sixteen in a park; the first four of those reviewed are wrong."""
    place = strings(["mall"] * 8 + ["park"] * 16)
    data = dataset_of(np.arange(24) % 2, slices={"place": place})
    wrong = np.where(np.arange(24) < upto, np.arange(24) < 4, np.nan)
    return evidence_of(data, verdicts=Verdicts(wrong, NOBODY))


def test_an_example_by_hand():
    finding = found(slices, reviewed())
    # In the mall 4 of 8 were wrong, of all reviewed 20%: drawn towards it as if by ten samples.
    assert finding.score[:8] == pytest.approx([(4 + 10 * 0.2) / (8 + 10)] * 8)
    # Of the shorter texts 4 of 10, one in the park among them.
    assert finding.score[8] == pytest.approx((4 + 10 * 0.2) / (10 + 10))
    # One in the park that nobody reviewed: none of 12 there, and 2 of 10 of its label.
    assert finding.score[22] == pytest.approx(0.2)
    assert finding.words(22) == ""


def test_the_words_count_and_claim_no_rate():
    assert found(slices, reviewed()).words(4) == (
        "In place “mall” 4 of 8 reviewed were wrong, against 20% of all reviewed; the queue chose "
        "most of them."
    )


def test_what_chance_could_do_is_not_said():
    finding = found(slices, reviewed())
    assert finding.score[8] > 0.2
    assert finding.words(8) == ""  # 4 of 10 may well be 17%


def test_after_reviews_given_and_predicted_label_together_are_a_slice():
    label, predicted = np.repeat([0, 1], 20), np.repeat([0, 1, 1, 0], 10)
    data = dataset_of(label, texts=[[f"{row:02d}" for row in range(40)]])
    wrong = (label == 0) & (predicted == 1)
    finding = found(
        slices,
        evidence_of(data, np.eye(2)[predicted], verdicts=Verdicts(wrong * 1.0, np.zeros(40, bool))),
    )
    assert finding.words(10) == (
        "Among labels “no” that the model calls “yes” 10 of 10 reviewed were wrong, against 25% "
        "of all reviewed; the queue chose most of them."
    )
    assert finding.score[20] == finding.score[35] == pytest.approx(0.25)


def by_model(n: int = 300) -> Evidence:
    """Labels of which the model contradicts half in Cyrillic letters, and none elsewhere."""
    given_label = np.arange(n) % 2
    cyrillic = np.arange(n) % 5 == 0
    against = cyrillic & (np.arange(n) % 4 < 2)
    own = np.where(against, 0.1, 0.9)
    p = np.where(given_label[:, None] == [0, 1], own[:, None], 1 - own[:, None])
    texts = [["слово" if each else "слово, in Latin letters" for each in cyrillic]]
    texts = [[f"{text} {row:03d}" for row, text in enumerate(texts[0])]]
    return evidence_of(dataset_of(given_label, texts=texts), p)


def test_before_reviews_the_model_counts_and_the_words_say_so():
    evidence = by_model()
    finding = found(slices, evidence)
    said = finding.words(0)
    assert "the model contradicts 30 of 60 labels, against 10% of all: they are wrong, or" in said
    assert "reviewed" not in said
    assert finding.score[0] > finding.score[1]
    for count, alike in ((9, True), (10, False)):
        few = reviewed(count)
        without = found(slices, replace(few, verdicts=None)).score
        assert (found(slices, few).score.tolist() == without.tolist()) == alike


def test_a_small_slice_is_not_named_from_a_model_alone():
    few, enough = (found(slices, by_model(n)) for n in (240, 260))  # 48 and 52 in Cyrillic letters
    assert few.words(0) == ""
    assert few.score[0] == pytest.approx(few.score[1])
    assert "of 52 labels" in enough.words(0)


@pytest.mark.parametrize(("text", "where"), [
    ("слово", "Cyrillic"), ("كلمة", "Arabic"), ("短片很好", "Chinese"), ("kalma ƙ", "Latin"),
])  # fmt: skip
def test_a_script_is_named(text: str, where: str):
    texts = [[(text if row < 12 else "").ljust(20) + f"{row:02d}" for row in range(24)]]
    data = dataset_of(np.arange(24) % 2, texts=texts)
    wrong = np.where(np.arange(24) < 12, (np.arange(24) < 8) * 1.0, 0.0)
    said = found(slices, evidence_of(data, verdicts=Verdicts(wrong, NOBODY))).words(11)
    assert said.startswith(f"Among texts in {where} letters 8 of 12 reviewed were wrong")


def test_clusters_of_like_texts_are_slices():
    n = 600
    rng = np.random.default_rng(0)
    bunch = rng.integers(0, 3, n)
    vectors = np.eye(8)[bunch] + 0.02 * rng.normal(size=(n, 8))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    data = dataset_of(rng.integers(0, 2, n), texts=[[f"{row:04d}" for row in range(n)]])
    wrong = (bunch == 1) & (rng.random(n) < 0.5)
    evidence = evidence_of(
        data,
        embeddings=Embeddings(vectors, (np.arange(n),), "test"),
        verdicts=Verdicts(wrong * 1.0, np.zeros(n, dtype=bool)),
    )
    finding = found(slices, evidence)
    row = int(np.flatnonzero(bunch == 1)[0])
    count = int((bunch == 1).sum())
    assert f"Among the {count} samples of its cluster of like texts" in finding.words(row)
    assert finding.score[bunch == 1].min() > finding.score[bunch != 1].max()


@given(st.integers(0, 200), st.integers(10, 40))
def test_no_other_slice_of_labels_or_columns_has_a_higher_rate(seed: int, n: int):
    """Against counting slice by slice, sample by sample."""
    rng = np.random.default_rng(seed)
    label, place = rng.integers(0, 2, n), rng.integers(0, 3, n)
    wrong = np.where(rng.random(n) < 0.8, rng.random(n) < 0.4, np.nan)
    wrong[:10] = rng.random(10) < 0.4
    data = dataset_of(
        label,
        texts=[[f"{row:02d}" for row in range(n)]],
        slices={"place": strings(map(str, place))},
    )
    whole = np.nanmean(wrong)
    verdicts = Verdicts(wrong, np.zeros(n, dtype=bool))
    score = found(slices, evidence_of(data, verdicts=verdicts)).score
    for row in range(n):
        rates = [whole]
        for values in (label, place):
            judged = [wrong[i] for i in range(n) if values[i] == values[row]]
            judged = [each for each in judged if not np.isnan(each)]
            if len(judged) >= 3:
                rates.append((sum(judged) + 10 * whole) / (len(judged) + 10))
        assert score[row] == pytest.approx(max(rates))


@pytest.mark.parametrize("many", [False, True])
def test_order_changes_nothing(largest_change, many: bool):
    assert largest_change(slices, rich(many=many)) <= 1e-6
    assert largest_change(slices, rich(n=450, many=many)) <= 1e-6  # enough for clusters


def test_columns_that_tell_nothing_change_nothing():
    evidence = reviewed()
    score = found(slices, evidence).score
    more = replace(
        evidence.dataset,
        slices={**evidence.dataset.slices, "country": strings(["here"] * 24)},
        annotators={"other": np.zeros(24, dtype=np.int64)},
        confidence=np.full(24, 0.5),
    )
    assert found(slices, replace(evidence, dataset=more)).score == pytest.approx(score)


def test_without_a_label_there_is_nothing_to_say():
    evidence = by_model()
    labels = evidence.dataset.given.copy()
    labels[0] = MISSING
    finding = found(slices, replace(evidence, dataset=replace(evidence.dataset, given=labels)))
    assert np.isnan(finding.score).tolist() == [True, *[False] * 299]
    assert finding.words(0) == ""


def test_what_it_cannot_judge_by_it_says():
    alike = slices(evidence_of(dataset_of([1, 1, MISSING])))
    assert isinstance(alike, NotChecked)
    assert "alike" in alike.why
    told = by_model()
    inside = replace(told.in_use, provenance=Provenance("in-sample", "model.csv"))
    both = {"opinion": inside, "honest": told.in_use}
    refused = slices(replace(told, probabilities=both))
    assert isinstance(refused, NotChecked)
    assert "was told these labels" in refused.why


def test_texts_are_told_apart_by_fifths_of_their_length():
    texts = ["x" * (row + 1) for row in range(100)]
    wrong = (np.arange(100) >= 80) * 1.0
    reviews = Verdicts(wrong, np.ones(100, dtype=bool))
    data = dataset_of(np.arange(100) % 2, texts=[texts])
    finding = found(slices, evidence_of(data, verdicts=reviews))
    assert finding.words(95).startswith("Among texts of 81 to 100 characters 20 of 20 reviewed")


def test_a_text_without_letters_has_no_script():
    texts = ["1234 – 5678"] * 20 + ["слово и дело"] * 20
    wrong = np.repeat([1.0, 0.0], 20)
    data = dataset_of(np.arange(40) % 2, texts=[texts])
    finding = found(slices, evidence_of(data, verdicts=Verdicts(wrong, np.ones(40, dtype=bool))))
    assert finding.words(0).startswith(("Without letters", "Among texts of 11"))


def test_of_two_columns_that_say_the_same_the_first_is_named():
    place = strings(["mall"] * 8 + ["park"] * 16)
    evidence = reviewed()
    data = replace(evidence.dataset, slices={"place": place, "shop": place})
    finding = found(slices, replace(evidence, dataset=data))
    assert finding.words(4).startswith("In place “mall” 4 of 8")
