from __future__ import annotations

import numpy as np
import pytest

from labelviz.core.arrays import strings
from labelviz.models.lsa import lsa

TEXTS = [
    "a hotel near the old station", "the old hotel at the station", "a car park under the mall",
    "the mall and its car park", "school of music and dance", "music and dance school",
]  # fmt: skip


def test_texts_about_the_same_are_near():
    found = lsa([strings(TEXTS)])
    assert found is not None
    cosine = found.vectors @ found.vectors.T
    np.fill_diagonal(cosine, -1)
    assert cosine.argmax(axis=1).tolist() == [1, 0, 3, 2, 5, 4]
    assert np.linalg.norm(found.vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_a_text_that_occurs_twice_has_one_vector():
    found = lsa([strings([*TEXTS, TEXTS[0]]), strings([*TEXTS[::-1], TEXTS[0]])])
    assert found is not None
    assert len(found.vectors) == len(TEXTS)
    assert found.sides[0][0] == found.sides[0][6] == found.sides[1][6]


@pytest.mark.parametrize("texts", [["a", "b"], ["", ""], ["abc"]])
def test_texts_without_anything_in_common_have_no_vectors(texts):
    assert lsa([strings(texts)]) is None
