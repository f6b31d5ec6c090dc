from __future__ import annotations

import numpy as np
import pytest
import torch

from labelviz.core.precision import Drift
from labelviz.core.settings import ModelUse
from labelviz.models import embed as embedding
from labelviz.models import precision as choosing
from labelviz.models.embed import embed
from labelviz.models.loading import load_encoder
from labelviz.models.precision import VARIABLE

SOME = ["good film", "bad", "x " * 40, "短片很好"]


def test_an_embedding_is_the_mean_of_the_token_vectors_scaled_to_one(tiny, precision, rounding):
    embedded = embed(SOME, tiny)
    encoder = load_encoder(tiny)
    assert embedded.computed.precision == precision
    assert embedded.model_hash == encoder.model_hash
    for text, vector in zip(SOME, embedded.vectors, strict=True):
        encoded = encoder.tokenizer(text, truncation=True, max_length=32, return_tensors="pt")
        encoded = {name: tensor.to(encoder.device) for name, tensor in encoded.items()}
        with torch.inference_mode():
            mean = encoder.model(**encoded).last_hidden_state[0].mean(dim=0).cpu().numpy()
        np.testing.assert_allclose(vector, mean / np.linalg.norm(mean), atol=rounding)


def test_rows_have_length_one_and_the_count_is_reported(tiny, precision):
    calls = []
    vectors = embed(SOME, tiny, lambda *call: calls.append(call)).vectors
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-12)
    assert calls[-1] == (4, 4, "texts")


HARMLESS, HARMFUL = Drift(4, 0.3, 0, 0.001), Drift(4, 0.0002, 1, 0.0)


@pytest.mark.parametrize(("does", "expected"), [(HARMLESS, "bfloat16"), (HARMFUL, "float32")])
def test_bfloat16_is_used_where_it_is_fast_and_the_same_texts_stay_alike(
    tiny, monkeypatch, does, expected
):
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(choosing, "fastest", lambda _: "bfloat16")
    monkeypatch.setattr(embedding, "drift", lambda *_, **__: does)
    found = embed(SOME, tiny)
    assert (found.computed.precision, found.computed.drift) == (expected, does)
    asked = embed(SOME, tiny, use=ModelUse(expected))
    assert found.vectors.tobytes() == asked.vectors.tobytes()
    forced = embed(SOME, tiny, use=ModelUse("bfloat16")).computed
    assert (forced.precision, forced.drift) == ("bfloat16", does)


def test_likeness_is_compared_between_texts_and_not_with_themselves(tiny):
    exact, low = (embed(SOME, tiny, use=ModelUse(each)) for each in ("float32", "bfloat16"))
    cosines = [each.vectors @ each.vectors.T for each in (exact, low)]
    said = low.computed.drift
    assert said.samples == 4
    assert said.largest == pytest.approx(np.abs(cosines[0] - cosines[1]).max(), abs=1e-6)
    assert exact.computed.drift is None
    assert embed([], tiny, use=ModelUse("bfloat16")).vectors.shape == (0, 32)


def test_a_sentence_encoder_reads_as_much_as_its_author_chose(folder):
    assert embed(SOME, folder).computed.max_tokens == 32
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 12}')
    found = embed(SOME, folder)
    assert found.computed.max_tokens == 12
    assert "as the author of the model chose" in found.computed.cut
    longer = embed(SOME, folder, use=ModelUse(max_tokens=20))
    assert longer.computed.max_tokens == 20
    gaps = np.abs(longer.vectors - found.vectors).max(axis=1)
    assert (gaps > 1e-3).tolist() == [False, False, True, False]  # the only one above 12 tokens
