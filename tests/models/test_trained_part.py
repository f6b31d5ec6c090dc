from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from labelviz.core.arrays import strings
from labelviz.models.batches import collate
from labelviz.models.loading import load_for_training
from labelviz.models.scratch import new_classifier
from labelviz.models.trained_part import freeze_lowest, occurring_only
from tests.models.conftest import SMALL, TEXTS


@pytest.fixture
def classifier(tiny):
    return load_for_training(tiny, ("no", "yes"), multilabel=False, seed=0)


@pytest.fixture
def tokens(classifier):
    return classifier.tokens([strings(TEXTS[:2])])


@pytest.fixture(scope="module")
def deep(tmp_path_factory):
    """A classifier of three layers; do not change it."""
    folder = tmp_path_factory.mktemp("models") / "deep"
    new_classifier(folder, TEXTS, ("no", "yes"), replace(SMALL, layers=3))
    return load_for_training(folder, ("no", "yes"), multilabel=False, seed=0)


def logits(classifier, tokens):
    with torch.no_grad():
        return classifier.logits(collate(tokens, np.arange(len(tokens)), classifier.device))


def one_step(classifier, tokens, **settings):
    """A step of AdamW; returns the embeddings after it and which of them occur."""
    with occurring_only(classifier.model, tokens):
        trained = [each for each in classifier.model.parameters() if each.requires_grad]
        optimizer = torch.optim.AdamW(trained, lr=1e-2, **settings)
        batch = collate(tokens, np.arange(len(tokens)), classifier.device)
        classifier.logits(batch)[:, 0].sum().backward()
        optimizer.step()
    weights = classifier.model.get_input_embeddings().weight
    occurring = torch.zeros(len(weights), dtype=torch.bool)
    occurring[torch.from_numpy(tokens.ids).long()] = True
    return weights.detach().clone(), occurring


def test_inside_the_logits_are_the_same_from_a_smaller_table(classifier, tokens):
    before = logits(classifier, tokens)
    whole = classifier.model.get_input_embeddings()
    with occurring_only(classifier.model, tokens):
        assert torch.equal(logits(classifier, tokens), before)
        part = classifier.model.get_input_embeddings().weight
        assert len(part) == len({*tokens.ids.tolist(), tokens.padding}) < whole.num_embeddings
    assert classifier.model.get_input_embeddings() is whole


def test_tokens_that_occur_learn_and_the_others_keep_their_bits(classifier, tokens):
    before = classifier.model.get_input_embeddings().weight.detach().clone()
    after, occurring = one_step(classifier, tokens, weight_decay=0.5)
    assert torch.equal(after[~occurring], before[~occurring])
    assert (after[occurring] != before[occurring]).any(dim=1).all()


def test_a_step_is_that_of_the_whole_table(tiny, classifier, tokens):
    part, _ = one_step(classifier, tokens, weight_decay=0.0)
    whole = load_for_training(tiny, ("no", "yes"), multilabel=False, seed=0)
    optimizer = torch.optim.AdamW(whole.model.parameters(), lr=1e-2, weight_decay=0.0)
    whole.logits(collate(tokens, np.arange(len(tokens)), whole.device))[:, 0].sum().backward()
    optimizer.step()
    torch.testing.assert_close(part, whole.model.get_input_embeddings().weight.detach())


def test_what_was_learnt_is_kept_when_training_fails(classifier, tokens):
    def learn_and_fail():
        with occurring_only(classifier.model, tokens):
            torch.nn.init.constant_(classifier.model.get_input_embeddings().weight, 7)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn_and_fail()
    weights = classifier.model.get_input_embeddings().weight
    assert (weights[tokens.ids] == 7).all()
    assert not (weights == 7).all()


def test_tied_and_frozen_embeddings_are_left_alone(classifier, tokens):
    whole = classifier.model.get_input_embeddings()
    classifier.model.register_parameter("tied", whole.weight)
    with occurring_only(classifier.model, tokens):
        assert classifier.model.get_input_embeddings() is whole
    del classifier.model.tied
    whole.weight.requires_grad = False
    with occurring_only(classifier.model, tokens):
        assert classifier.model.get_input_embeddings() is whole


@pytest.mark.parametrize(("share", "frozen"), [(0.0, 0), (0.3, 0), (0.34, 1), (0.7, 2), (0.99, 2)])
def test_the_lowest_layers_and_the_embeddings_are_frozen(deep, share, frozen):
    model = deep.model
    for each in model.parameters():
        each.requires_grad = True
    assert freeze_lowest(model, share) == frozen
    trained = {name for name, each in model.named_parameters() if each.requires_grad}
    layers = [any(f"layer.{k}." in name for name in trained) for k in range(3)]
    assert layers == [False] * frozen + [True] * (3 - frozen)
    assert any("embeddings" in name for name in trained) == (frozen == 0)
    assert {"classifier.out_proj.weight", "classifier.dense.bias"} <= trained
    whole = {name for name, _ in model.named_parameters()}
    assert all("embeddings" in name or "layer." in name for name in whole - trained)
