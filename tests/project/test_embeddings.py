from __future__ import annotations

import numpy as np
import pytest

from labelviz.core.precision import Computed
from labelviz.core.settings import ModelUse
from labelviz.models.embed import Embedded
from labelviz.project.workspace import Workspace
from labelviz.tables import keep


def test_similar_samples_are_those_of_the_embeddings_made_last(predicted: Workspace):
    predicted.flag()
    texts = predicted.dataset.texts[0]
    assert predicted.findings.embeddings.similar(0, 1) is not None
    made = np.eye(len(texts), dtype=np.float32)
    made[4] = made[0]
    path = predicted.path / "embeddings" / f"{predicted.dataset.fingerprint}.npz"
    keep.write_vectors(path, made, "another encoder")
    after = predicted.findings.embeddings.similar(0, 1)
    assert after is not None
    assert after.same[0] == (4, pytest.approx(1))


def test_an_encoders_embeddings_are_kept_for_the_next_time(predicted: Workspace, monkeypatch):
    texts = dict.fromkeys(predicted.dataset.texts[0])
    vectors = np.eye(len(texts))

    computed = Computed("float32", "Computed in float32, as asked for.", 99, "Cut.")

    def embed(asked, model, use):
        assert (list(asked), model, use) == (list(texts), "encoder", ModelUse("float32", 99))
        return Embedded(vectors, "hash", computed)

    monkeypatch.setattr("labelviz.models.embed.embed", embed)
    assert predicted.findings.embeddings.made_with == ""
    first = predicted.findings.evidence("encoder", use=ModelUse("float32", 99)).embeddings
    again = predicted.findings.evidence().embeddings
    assert first is not None
    assert again is not None
    assert again.source == predicted.findings.embeddings.made_with
    assert again.source == "encoder: Computed in float32, as asked for. Cut."
    assert again.vectors.tolist() == vectors.tolist() == first.vectors.tolist()
