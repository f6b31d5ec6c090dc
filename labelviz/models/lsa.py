"""Embeddings without a model: latent semantic analysis of the texts themselves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from labelviz.core.arrays import Strings
from labelviz.core.evidence import Embeddings
from labelviz.models.features import corpus_of

DIMENSIONS = 100
MOST_TERMS = 50_000
SOURCE = "latent semantic analysis of the texts"


def lsa(texts: Sequence[Strings], seed: int = 0) -> Embeddings | None:
    """Texts as directions in the space of their words and character runs; no label is used.

    Deerwester et al. 1990. TF-IDF of words and runs of 2 to 4 characters, reduced to 100 dimensions
    by a truncated singular value decomposition, rows scaled to length 1.

    Parameters
    ----------
    texts : one or two (N,) columns of text.

    Returns
    -------
    None where the texts have too few terms in common to be compared.
    """
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    corpus = corpus_of(texts)
    vectoriser = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 4), min_df=2, max_features=MOST_TERMS,
        sublinear_tf=True, dtype=np.float32,
    )  # fmt: skip
    try:
        weights = vectoriser.fit_transform(corpus.texts)
    except ValueError:  # no term occurs twice
        return None
    size = min(DIMENSIONS, min(weights.shape) - 1)
    if size < 2:
        return None
    vectors = TruncatedSVD(size, random_state=seed).fit_transform(weights)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: npt.NDArray[np.float32] = np.asarray(
        vectors / np.where(length > 1e-9, length, 1), dtype=np.float32
    )
    return Embeddings(unit, corpus.sides, SOURCE)
