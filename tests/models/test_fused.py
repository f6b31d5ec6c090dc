"""Fused layers against those of transformers, for every family they stand in for."""

from __future__ import annotations

from copy import deepcopy

import pytest
import torch
import transformers

from labelviz.models.fused import BERT_KIN, fuse_products

SIZES = {"vocab_size": 60, "max_position_embeddings": 24, "num_labels": 3, "pad_token_id": 1}
BERT = {
    "hidden_size": 16,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 24,
}
DISTILBERT = {"dim": 16, "n_layers": 3, "n_heads": 2, "hidden_dim": 24}
KINDS = [*sorted(BERT_KIN), "distilbert"]


def model_of(kind, attention="sdpa", **more):
    sizes = {**SIZES, **(DISTILBERT if kind == "distilbert" else BERT), **more}
    torch.manual_seed(0)
    model = transformers.AutoModelForSequenceClassification.from_config(
        transformers.AutoConfig.for_model(kind, **sizes), attn_implementation=attention
    )
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.2 * torch.randn_like(weight))  # biases too, so that each one counts
    return model.eval()


def fused(model):
    model = deepcopy(model)
    fuse_products(model)
    return model


def batch(lengths=(9, 5, 1)):
    torch.manual_seed(1)
    ids = torch.randint(2, SIZES["vocab_size"], (len(lengths), max(lengths)))
    inside = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    return {"input_ids": ids.where(inside, 1), "attention_mask": inside.long()}


def gradients(model, inputs):
    model.zero_grad()
    logits = model(**inputs).logits
    (logits * torch.arange(logits.numel()).view(logits.shape)).sum().backward()
    return logits.detach(), {name: each.grad for name, each in model.named_parameters()}


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("lengths", [(9, 5, 1), (7, 7)], ids=["padded", "of one length"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_logits_and_gradients_of_transformers(kind, lengths, attention):
    plain, inputs = model_of(kind, attention), batch(lengths)
    (expected, slopes), (got, found) = gradients(plain, inputs), gradients(fused(plain), inputs)
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5)
    assert found.keys() == slopes.keys()
    for name, slope in slopes.items():
        if slope is None:
            assert found[name] is None
        else:
            torch.testing.assert_close(found[name], slope, rtol=1e-3, atol=1e-4, msg=name)


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_layer_is_computed_for_the_first_token_alone(kind):
    model = fused(model_of(kind))
    shapes = [model.base_model(**batch()).last_hidden_state.shape]
    assert shapes == [(3, 1, 16)]


def test_a_copy_computes_with_its_own_weights():
    model = fused(model_of("bert"))
    before = model(**batch()).logits
    copy = deepcopy(model)
    with torch.no_grad():
        for weight in copy.parameters():
            weight.zero_()
    assert not copy(**batch()).logits.any()
    assert torch.equal(model(**batch()).logits, before)


def test_the_names_of_the_weights_stay():
    plain = model_of("roberta")
    assert fused(plain).state_dict().keys() == plain.state_dict().keys()


@pytest.mark.parametrize(
    ("kind", "more"),
    [("bert", {"is_decoder": True}), ("albert", {"embedding_size": 16}), ("mpnet", {})],
)
def test_other_models_are_left_as_they_are(kind, more):
    model = model_of(kind, "eager", **more)
    before = model(**batch()).logits
    changed = fused(model)
    assert torch.equal(changed(**batch()).logits, before)
    assert not any("forward" in vars(module) for module in changed.modules())


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_dropout_of_attention_acts_in_training_alone(attention):
    model = model_of("bert", attention, attention_probs_dropout_prob=0.5, hidden_dropout_prob=0.0)
    model, inputs = fused(model), batch()
    assert torch.equal(model(**inputs).logits, model(**inputs).logits)
    model.train()
    assert not torch.equal(model(**inputs).logits, model(**inputs).logits)
