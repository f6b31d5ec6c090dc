from __future__ import annotations

import pytest
import torch

from labelviz.core.arrays import strings
from labelviz.errors import ModelRefused
from labelviz.models.batches import collate
from labelviz.models.loading import load_classifier
from labelviz.models.precision import VARIABLE, choose, exact_head, fastest, heads, lowered
from tests.conftest import assert_message
from tests.models.conftest import TEXTS
from tests.models.test_fused import KINDS, batch, fused, model_of


@pytest.mark.parametrize(
    ("able", "expected"),
    [
        ({"amx_bf16": True}, "bfloat16"),
        ({"avx512_bf16": True, "amx_bf16": False}, "bfloat16"),
        ({"avx2": True, "amx_bf16": False}, "float32"),
        ({}, "float32"),
    ],
)
def test_bfloat16_is_for_processors_that_multiply_it(monkeypatch, able, expected):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    assert fastest("cpu") == expected


@pytest.mark.parametrize(("able", "expected"), [(True, "bfloat16"), (False, "float32")])
def test_bfloat16_is_for_gpus_that_multiply_it(monkeypatch, able, expected):
    monkeypatch.setattr(
        torch.cuda,
        "is_bf16_supported",
        lambda including_emulation: able and not including_emulation,
    )
    assert fastest("cuda") == expected


def test_a_person_goes_before_the_environment_and_that_before_the_hardware(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": True})
    chosen = choose("auto", "cpu")
    assert (chosen.precision, chosen.firm) == ("bfloat16", False)
    assert chosen.why == "Computed in bfloat16, which this processor multiplies."
    monkeypatch.setenv(VARIABLE, "float32")
    chosen = choose("auto", "cpu")
    assert (chosen.precision, chosen.firm) == ("float32", True)
    assert chosen.why == "Computed in float32, as LABELVIZ_PRECISION says."
    chosen = choose("bfloat16", "cpu")
    assert (chosen.precision, chosen.firm) == ("bfloat16", True)
    assert chosen.why == "Computed in bfloat16, as asked for."
    for said in ("", "auto"):
        monkeypatch.setenv(VARIABLE, said)
        assert not choose("auto", "cpu").firm


def test_why_it_is_float32(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)
    monkeypatch.setattr(
        torch.cuda, "is_bf16_supported", lambda including_emulation: including_emulation
    )
    assert choose("auto", "cpu").why.endswith("this processor does not multiply bfloat16.")
    assert choose("auto", "cuda").why.endswith("graphics processor does not multiply bfloat16.")


def test_an_environment_that_says_something_else(monkeypatch):
    monkeypatch.setenv(VARIABLE, "fp16")
    with pytest.raises(ModelRefused) as refused:
        choose("auto", "cpu")
    assert_message(refused.value, "'fp16'", "environment", "", "auto, float32, bfloat16")


def test_only_weights_of_products_in_the_body_are_lowered(tiny):
    exact = load_classifier(tiny).model
    low = lowered(exact)
    kinds = {name: each.dtype for name, each in low.named_parameters()}
    assert {each.dtype for each in exact.parameters()} == {torch.float32}
    assert kinds["roberta.encoder.layer.0.intermediate.dense.weight"] == torch.bfloat16
    assert kinds["roberta.encoder.layer.0.attention.self.query.bias"] == torch.bfloat16
    others = [n for n in kinds if "embeddings" in n or "LayerNorm" in n or "classifier" in n]
    assert {kinds[name] for name in others} == {torch.float32}
    shared = dict(exact.named_parameters())
    assert all(low.get_parameter(name) is shared[name] for name in others)


def test_lowered_once_is_what_autocast_does_at_every_batch(tiny):
    exact = load_classifier(tiny)
    once = exact.in_precision("bfloat16")
    tokens = exact.tokens([strings(TEXTS)])
    rows = collate(tokens, torch.arange(len(tokens)).numpy(), exact.device)
    with torch.inference_mode():
        found, plain = once.logits(rows), exact.logits(rows)
        with torch.autocast(exact.device, torch.bfloat16):
            expected = exact.model(**rows).logits
    assert found.dtype == torch.float32
    assert torch.equal(found, expected)
    assert not torch.equal(found, plain)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("kind", KINDS)
def test_sums_softmax_and_head_stay_in_float32(kind, attention, monkeypatch):
    model = fused(model_of(kind, attention))
    exact_head(model)
    kinds, soft = [], []
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.LayerNorm) or name.split(".")[0] == "classifier":
            module.register_forward_hook(lambda _, __, out: kinds.append(out.dtype))
    softmax = torch.Tensor.softmax

    def watched(self, *arguments, **more):
        soft.append(self.dtype)
        return softmax(self, *arguments, **more)

    monkeypatch.setattr(torch.Tensor, "softmax", watched)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        low = model(**batch()).logits
    exact = model(**batch()).logits
    assert set(kinds) == {torch.float32}
    assert set(soft) == ({torch.float32} if attention == "eager" else set())
    assert low.dtype == torch.float32
    assert 0 < (low - exact).abs().max() < 0.05 * exact.abs().max()


@pytest.mark.parametrize(
    ("kind", "more"),
    [("albert", {"embedding_size": 16}), ("mpnet", {}), ("deberta-v2", {"type_vocab_size": 0})],
)
def test_other_models_have_an_exact_head_too(kind, more):
    model = model_of(kind, "eager", **more)
    before = model(**batch()).logits
    exact_head(model)
    assert heads(model)
    assert torch.equal(model(**batch()).logits, before)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        assert model(**batch()).logits.dtype == torch.float32
