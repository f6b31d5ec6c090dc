from __future__ import annotations

import numpy as np
import torch

from labelviz.models.embed import embed
from labelviz.models.loading import load_encoder

SOME = ["good film", "bad", "x " * 40, "短片很好"]


def test_an_embedding_is_the_mean_of_the_token_vectors_scaled_to_one(tiny):
    vectors, model_hash = embed(SOME, tiny)
    encoder = load_encoder(tiny)
    assert model_hash == encoder.model_hash
    for text, vector in zip(SOME, vectors, strict=True):
        encoded = encoder.tokenizer(text, truncation=True, max_length=32, return_tensors="pt")
        encoded = {name: tensor.to(encoder.device) for name, tensor in encoded.items()}
        with torch.inference_mode():
            mean = encoder.model(**encoded).last_hidden_state[0].mean(dim=0).cpu().numpy()
        np.testing.assert_allclose(vector, mean / np.linalg.norm(mean), atol=1e-6)


def test_rows_have_length_one_and_the_count_is_reported(tiny):
    calls = []
    vectors, _ = embed(SOME, tiny, lambda *call: calls.append(call))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-12)
    assert calls[-1] == (4, 4, "texts")
