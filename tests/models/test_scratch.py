from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from labelviz.errors import ModelRefused
from labelviz.models.folders import check_folder
from labelviz.models.loading import load_classifier, load_tokenizer
from labelviz.models.scratch import new_classifier
from tests.models.conftest import SMALL, TEXTS


def test_the_folder_passes_our_own_door_and_transformers(tiny):
    assert check_folder(tiny)["id2label"] == {"0": "no", "1": "yes"}
    model = AutoModelForSequenceClassification.from_pretrained(tiny, local_files_only=True)
    assert model.config.label2id == {"no": 0, "yes": 1}
    tokenizer = AutoTokenizer.from_pretrained(tiny, local_files_only=True)
    assert tokenizer("a", "b").keys() == {"input_ids", "attention_mask"}
    assert tokenizer.model_max_length == 32


def test_special_tokens_are_robertas(tiny):
    tokenizer = load_tokenizer(tiny)
    numbers = [tokenizer.bos_token_id, tokenizer.pad_token_id, tokenizer.eos_token_id,
               tokenizer.unk_token_id, tokenizer.mask_token_id]  # fmt: skip
    assert numbers == [0, 1, 2, 3, 4]
    assert (tokenizer.cls_token, tokenizer.sep_token) == ("<s>", "</s>")
    assert tokenizer.decode(tokenizer("good", "bad")["input_ids"]) == "<s>good</s></s>bad</s>"
    model = load_classifier(tiny).model
    assert model.config.pad_token_id == 1
    assert model.roberta.embeddings.padding_idx == 1


@pytest.fixture(scope="module")
def tokenizer(tiny):
    return load_tokenizer(tiny)


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_text_is_spelt_without_loss(tokenizer, text):
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert tokenizer.unk_token_id not in ids or "<unk>" in text
    assert tokenizer.decode(ids, clean_up_tokenization_spaces=False) == text


def test_frequent_words_become_one_token(tmp_path):
    folder = new_classifier(tmp_path / "m", ["电影好看 film"] * 50, ("a", "b"), SMALL)
    assert len(load_tokenizer(folder)("电影好看", add_special_tokens=False)["input_ids"]) == 1


def test_the_default_model_stays_below_four_megabytes(tmp_path):
    random = np.random.default_rng(0)
    words = ["".join(random.choice([*"abcdefghijklmnop短片很好看"], 6)) for _ in range(3000)]
    folder = new_classifier(tmp_path / "m", words * 2, [f"class {k}" for k in range(30)])
    assert sum(file.stat().st_size for file in folder.iterdir()) <= 4_000_000
    assert len(load_tokenizer(folder)) == 4000


def test_the_same_seed_gives_the_same_model_and_leaves_the_random_state_alone(tmp_path):
    before = torch.get_rng_state()
    folders = [
        new_classifier(tmp_path / f"m{n}", TEXTS, ("no", "yes"), replace(SMALL, seed=seed))
        for n, seed in enumerate((0, 0, 1))
    ]
    first, again, other = ((f / "model.safetensors").read_bytes() for f in folders)
    assert first == again != other
    assert torch.equal(torch.get_rng_state(), before)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["m0", "m1", "m2"]


def test_multilabel_is_said_in_the_config(tags):
    assert check_folder(tags)["problem_type"] == "multi_label_classification"


def test_a_folder_that_exists_is_left_alone(folder):
    before = (folder / "model.safetensors").read_bytes()
    with pytest.raises(ModelRefused, match="exists"):
        new_classifier(folder, TEXTS, ("no", "yes"), SMALL)
    assert (folder / "model.safetensors").read_bytes() == before
