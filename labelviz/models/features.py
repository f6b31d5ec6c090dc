"""Features of texts and pairs of texts, for linear and tree models on few samples.

Counts are taken once over all texts, because they use no label; which terms exist and what they
weigh is decided from the training part of each fold alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from labelviz.core.arrays import Booleans, Floats, Integers, Strings

Sparse = Any  # A scipy sparse array in CSR format
WORD = r"(?u)\b\w+\b"
MAX_TERMS = 60_000
MAX_CHARACTERS = 8_000_000
# Stands in where no text has a term, since the vectoriser refuses an empty vocabulary.
SENTINEL = "0 0"


@dataclass(frozen=True, eq=False)
class Corpus:
    """The distinct texts of a dataset, and which of them each sample shows.

    Parameters
    ----------
    texts : the U distinct texts.
    sides : for one or two texts per sample, (N,) positions in `texts`.
    """

    texts: tuple[str, ...]
    sides: tuple[Integers, ...]

    @cached_property
    def words(self) -> tuple[Sparse, Strings]:
        """(U, V) counts of words and pairs of words, and the V terms."""
        return _counts(self.texts, analyzer="word", ngram_range=(1, 2), token_pattern=WORD)

    @cached_property
    def characters(self) -> Sparse:
        """(U, V) counts of runs of 2 to 5 characters, which need no word boundaries.

        Of a large corpus only the start of each text is read, which bounds time and memory.
        """
        longest = max(200, MAX_CHARACTERS // len(self.texts))
        texts = [text[:longest] for text in self.texts]
        return _counts(texts, analyzer="char", ngram_range=(2, 5))[0]

    def seen(self, train: Booleans) -> Integers:
        """Positions of the distinct texts that the training samples show."""
        return np.unique(np.concatenate([side[train] for side in self.sides]))


def corpus_of(texts: Sequence[Strings]) -> Corpus:
    """The corpus of one or two (N,) columns of text."""
    position: dict[str, int] = {}
    sides = tuple(
        np.array([position.setdefault(text, len(position)) for text in column], dtype=np.int64)
        for column in texts
    )
    return Corpus(tuple(position), sides)


def _counts(texts: Sequence[str], **options: Any) -> tuple[Sparse, Strings]:
    from sklearn.feature_extraction.text import CountVectorizer

    vectoriser = CountVectorizer(dtype=np.float32, **options)
    counts = vectoriser.fit_transform([*texts, SENTINEL])[:-1]
    return counts.tocsr(), vectoriser.get_feature_names_out()


def term_features(corpus: Corpus, train: Booleans) -> Sparse:
    """(N, F) tf-idf of words and character runs; of a pair both sides, |a - b| and a * b.

    Rows of each kind have length 1 (sublinear counts, smoothed inverse document frequency as in
    scikit-learn). Terms are those in at least two training texts, the most common first.
    """
    from scipy.sparse import hstack

    seen = corpus.seen(train)
    blocks: list[Sparse] = []
    for counts in (corpus.words[0], corpus.characters):
        frequency = _document_frequency(counts, seen)
        terms = np.argsort(-frequency, kind="stable")[:MAX_TERMS]
        terms = np.sort(terms[frequency[terms] >= min(2, len(seen))])
        weights = _tf_idf(counts[:, terms], frequency[terms], len(seen))
        rows = [weights[side] for side in corpus.sides]
        blocks += rows
        if len(rows) == 2:
            blocks += [abs(rows[0] - rows[1]), rows[0].multiply(rows[1])]
    return hstack(blocks, format="csr")


def _document_frequency(counts: Sparse, seen: Integers) -> Integers:
    return np.bincount(counts[seen].indices, minlength=counts.shape[1])


def _idf(frequency: Integers, documents: int) -> Floats:
    weights: Floats = np.log((1 + documents) / (1 + frequency)) + 1
    return weights


def _tf_idf(counts: Sparse, frequency: Integers, documents: int) -> Sparse:
    from scipy.sparse import diags_array

    weights = counts.astype(np.float64)
    weights.data = 1 + np.log(weights.data)
    weights = weights @ diags_array(_idf(frequency, documents))
    lengths = np.sqrt(_row_sums(weights.multiply(weights)))
    return (diags_array(1 / np.where(lengths > 0, lengths, 1)) @ weights).tocsr()


def similarity_features(
    corpus: Corpus, train: Booleans, embeddings: Floats | None = None
) -> Floats:
    """(N, F) ways in which the two texts of a pair are alike.

    For single words, words with a digit, pairs of words and runs of characters: cosine, shared
    weight as a share of the left, the right and the union, and weight of the rarest shared term.
    Each cosine and union share also relative to the other pairs of the same record: of several
    candidates for one record, at most a few match, and the best of them is known by comparison.

    Parameters
    ----------
    embeddings : (U, D) of the distinct texts, rows of length 1; adds their cosine.
    """
    left, right = corpus.sides
    seen = corpus.seen(train)
    words, terms = corpus.words
    single = np.array([" " not in term for term in terms])
    digit = single & np.array([any(c.isdigit() for c in term) for term in terms])
    kinds = [words[:, np.flatnonzero(mask)] for mask in (single, digit, ~single)]
    columns: list[Floats] = []
    for counts in (*kinds, corpus.characters):
        alike = _alike(counts, corpus.sides, seen)
        columns += alike
        columns += _relative(alike[0], corpus) + _relative(alike[3], corpus)
    if embeddings is not None:
        cosine = np.einsum("nd,nd->n", embeddings[left], embeddings[right])
        columns += [cosine, *_relative(cosine, corpus)]
    lengths = np.array([len(text) for text in corpus.texts], dtype=np.float64)
    a, b = lengths[left], lengths[right]
    columns += [a, b, np.minimum(a, b) / np.maximum(np.maximum(a, b), 1)]
    return np.column_stack(columns)


def _alike(counts: Sparse, sides: tuple[Integers, ...], seen: Integers) -> list[Floats]:
    """Cosine, share of the left, of the right, of the union, and rarest shared term; (N,) each."""
    from scipy.sparse import diags_array

    left, right = sides
    frequency = _document_frequency(counts, seen)
    weights = _tf_idf(counts, frequency, len(seen))
    idf = _idf(frequency, len(seen))
    present = (counts > 0).astype(np.float64)
    weighted = (present @ diags_array(idf)).tocsr()
    shared = weighted[left].multiply(present[right]).tocsr()
    total = np.maximum(_row_sums(weighted), 1e-9)
    a, b, both = total[left], total[right], _row_sums(shared)
    rarest = shared.max(axis=1).toarray().ravel() if counts.shape[1] else np.zeros(len(left))
    cosine = _row_sums(weights[left].multiply(weights[right]))
    return [cosine, both / a, both / b, both / (a + b - both), rarest]


def _row_sums(matrix: Sparse) -> Floats:
    return np.asarray(matrix.sum(axis=1), dtype=np.float64).ravel()


def _relative(values: Floats, corpus: Corpus) -> list[Floats]:
    """Values less the best, and less the mean, among pairs of the same left, then right, text."""
    columns: list[Floats] = []
    for side in corpus.sides:
        best = np.full(len(corpus.texts), -np.inf)
        np.maximum.at(best, side, values)
        count = np.maximum(np.bincount(side, minlength=len(best)), 1)
        mean = np.bincount(side, weights=values, minlength=len(best)) / count
        columns += [values - best[side], values - mean[side]]
    return columns


def embedding_features(embeddings: Floats, sides: tuple[Integers, ...]) -> Floats:
    """(N, F) embeddings of one text, or of a pair a, b, |a - b| and a * b.

    After Reimers & Gurevych 2019, arXiv:1908.10084, with the product added.

    Parameters
    ----------
    embeddings : (U, D) of the distinct texts, rows of length 1.
    sides : (N,) positions in them, one or two.
    """
    rows = [embeddings[side] for side in sides]
    if len(rows) == 1:
        return rows[0]
    a, b = rows
    return np.hstack([a, b, np.abs(a - b), a * b])
