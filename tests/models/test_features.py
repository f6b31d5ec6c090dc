from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from labelviz.core.arrays import strings
from labelviz.models.features import (
    WORD,
    corpus_of,
    embedding_features,
    similarity_features,
    term_features,
)

DOCUMENTS = ["good film", "bad film film", "a good, long film", "短片很好", "短片不好", "good film"]
ALL = np.ones(6, dtype=bool)


def corpus(*columns):
    return corpus_of([strings(column) for column in columns])


def test_equal_texts_are_one_text():
    found = corpus(["a", "b", "a"], ["b", "b", "c"])
    assert found.texts == ("a", "b", "c")
    assert [side.tolist() for side in found.sides] == [[0, 1, 0], [1, 1, 2]]
    assert found.seen(np.array([True, False, False])).tolist() == [0, 1]


def test_term_features_are_the_tf_idf_of_scikit_learn():
    x = term_features(corpus(DOCUMENTS), ALL).toarray()
    distinct = list(dict.fromkeys(DOCUMENTS))
    options = {"sublinear_tf": True, "min_df": 2}
    words = TfidfVectorizer(ngram_range=(1, 2), token_pattern=WORD, **options)
    runs = TfidfVectorizer(analyzer="char", ngram_range=(2, 5), **options)
    expected = np.hstack([v.fit(distinct).transform(DOCUMENTS).toarray() for v in (words, runs)])
    np.testing.assert_allclose(x, expected, atol=1e-6)


def test_terms_and_their_weights_come_from_the_training_texts():
    train = np.array([True, True, True, False, False, False])
    x = term_features(corpus(DOCUMENTS), train).toarray()
    fitted = TfidfVectorizer(
        ngram_range=(1, 2), token_pattern=WORD, sublinear_tf=True, min_df=2
    ).fit(DOCUMENTS[:3])
    width = len(fitted.vocabulary_)
    np.testing.assert_allclose(x[:, :width], fitted.transform(DOCUMENTS).toarray(), atol=1e-6)
    assert not x[3].any()


def test_chinese_shares_runs_of_characters():
    x = term_features(corpus(DOCUMENTS), ALL).toarray()
    assert x[3] @ x[4] > 0.1
    assert x[3] @ x[1] == 0


def test_a_pair_has_both_sides_their_difference_and_product():
    left, right = ["good film", "bad film"], ["good film", "good day"]
    x = term_features(corpus(left, right), np.ones(2, dtype=bool)).toarray()
    blocks = np.split(x, np.cumsum(_widths(left, right))[:-1], axis=1)
    for a, b, difference, product in (blocks[:4], blocks[4:]):
        np.testing.assert_allclose(difference, np.abs(a - b), atol=1e-12)
        np.testing.assert_allclose(product, a * b, atol=1e-12)
        assert not difference[0].any()


def _widths(left, right):
    distinct = list(dict.fromkeys([*left, *right]))
    words = TfidfVectorizer(ngram_range=(1, 2), token_pattern=WORD, min_df=2).fit(distinct)
    runs = TfidfVectorizer(analyzer="char", ngram_range=(2, 5), min_df=2).fit(distinct)
    return [len(words.vocabulary_)] * 4 + [len(runs.vocabulary_)] * 4


@pytest.mark.parametrize("texts", [["", ""], ["?!", "…"], ["a", "b"]])
def test_texts_with_no_common_term_still_have_features(texts):
    assert term_features(corpus(texts), np.ones(2, dtype=bool)).shape[0] == 2
    pairs = similarity_features(corpus(texts, texts[::-1]), np.ones(2, dtype=bool))
    assert np.isfinite(pairs).all()


def test_similarities_of_equal_related_and_strange_texts():
    left = ["sony tv kdl40 black"] * 3 + ["film"]
    right = ["sony tv kdl40 black", "sony tv kdl32 black", "washing powder", "film"]
    x = similarity_features(corpus(left, right), np.ones(4, dtype=bool))
    words, digits = x[:, :5], x[:, 13:18]
    np.testing.assert_allclose(words[0, :4], 1, atol=1e-12)
    np.testing.assert_allclose(words[2], 0, atol=1e-12)
    assert (words[1, :4] < 1).all()
    assert (words[1, :4] > 0).all()
    assert digits[0, 0] == pytest.approx(1)
    assert digits[1].tolist() == [0] * 5


def test_similarity_is_also_relative_to_the_rivals_of_a_record():
    left = ["sony tv kdl40"] * 2 + ["film"]
    right = ["sony tv kdl40", "sony radio", "film"]
    x = similarity_features(corpus(left, right), np.ones(3, dtype=bool))
    cosine, to_best, to_mean = x[:, 0], x[:, 5], x[:, 6]
    np.testing.assert_allclose(to_best, [0, cosine[1] - cosine[0], 0], atol=1e-12)
    mean = (cosine[0] + cosine[1]) / 2
    np.testing.assert_allclose(to_mean, [cosine[0] - mean, cosine[1] - mean, 0], atol=1e-12)


def test_the_cosine_of_embeddings_joins_the_similarities():
    found = corpus(["a", "b"], ["b", "b"])
    vectors = np.array([[0.6, 0.8], [1.0, 0.0]])
    plain = similarity_features(found, np.ones(2, dtype=bool))
    more = similarity_features(found, np.ones(2, dtype=bool), vectors)
    assert more.shape[1] == plain.shape[1] + 5
    np.testing.assert_allclose(more[:, plain.shape[1] - 3], [0.6, 1.0])


def test_embeddings_of_one_text_and_of_a_pair():
    vectors = np.array([[0.6, 0.8], [1.0, 0.0]])
    one = embedding_features(vectors, (np.array([1, 0]),))
    np.testing.assert_array_equal(one, vectors[::-1])
    pair = embedding_features(vectors, (np.array([0]), np.array([1])))
    np.testing.assert_allclose(pair, [[0.6, 0.8, 1, 0, 0.4, 0.8, 0.6, 0]])
