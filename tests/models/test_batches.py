from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelviz.core.arrays import strings
from labelviz.errors import ModelRefused
from labelviz.models import batches
from labelviz.models.batches import collate, length_sorted, passes, shuffled, token_limit, tokenise
from labelviz.models.loading import load_classifier

lengths = st.lists(st.integers(1, 300), min_size=1, max_size=60).map(np.array)


def tokens_of(folder, *texts, max_tokens=256):
    loaded = load_classifier(folder)
    columns = [strings(column) for column in texts]
    return tokenise(loaded.tokenizer, loaded.model, columns, max_tokens), loaded.tokenizer


def ids_of(tokens, row):
    return tokens.ids[tokens.starts[row] : tokens.starts[row + 1]].tolist()


def test_one_text_between_start_and_end(tiny):
    tokens, tokenizer = tokens_of(tiny, ["good film", ""])
    assert tokenizer.decode(ids_of(tokens, 0)) == "<s>good film</s>"
    assert ids_of(tokens, 1) == [0, 2]
    assert tokens.lengths[1] == 2
    assert len(tokens) == 2


def test_a_pair_is_two_segments_and_its_order_counts(tiny):
    tokens, tokenizer = tokens_of(tiny, ["good", "film"], ["film", "good"])
    assert tokenizer.decode(ids_of(tokens, 0)) == "<s>good</s></s>film</s>"
    assert tokenizer.decode(ids_of(tokens, 1)) == "<s>film</s></s>good</s>"


def test_long_samples_are_cut_the_longer_side_first(tiny):
    tokens, tokenizer = tokens_of(tiny, ["bad " * 50], ["film"], max_tokens=12)
    assert tokens.lengths.tolist() == [12]
    assert tokenizer.decode(ids_of(tokens, 0)).endswith("</s></s>film</s>")


def test_no_sample_is_longer_than_the_model_has_positions(tiny):
    tokens, _ = tokens_of(tiny, ["bad " * 500], max_tokens=10_000)
    assert tokens.lengths.tolist() == [32]


def test_roberta_has_two_positions_fewer_than_its_config_says(tiny):
    loaded = load_classifier(tiny)
    loaded.tokenizer.model_max_length = int(1e30)
    assert loaded.model.config.max_position_embeddings == 34
    assert token_limit(loaded.tokenizer, loaded.model) == 32


def test_a_tokenizer_that_knows_its_limit_wins(tiny):
    loaded = load_classifier(tiny)
    loaded.tokenizer.model_max_length = 20
    assert token_limit(loaded.tokenizer, loaded.model) == 20


def test_segment_numbers_only_where_the_model_has_them(tiny):
    loaded = load_classifier(tiny)
    loaded.tokenizer.model_input_names = ["input_ids", "token_type_ids", "attention_mask"]
    columns = [strings(["good"]), strings(["film"])]
    assert loaded.tokens(columns).segments is None
    loaded.model.config.type_vocab_size = 2
    tokens = loaded.tokens(columns)
    assert tokens.segments.tolist() == [0] * tokens.lengths[0]  # RoBERTa has one kind of segment
    assert set(collate(tokens, np.array([0]))) == {"input_ids", "attention_mask", "token_type_ids"}


@pytest.mark.bad_input("G10")
def test_a_tokenizer_with_more_tokens_than_the_model(tiny):
    loaded = load_classifier(tiny)
    loaded.tokenizer.add_tokens(["unheard-of"])
    with pytest.raises(ModelRefused, match=r"token \d+, the model only \d+ tokens"):
        loaded.tokens([strings(["unheard-of"])])


def test_a_tokenizer_without_padding(tiny):
    loaded = load_classifier(tiny)
    loaded.tokenizer.pad_token = None
    with pytest.raises(ModelRefused, match="no padding token"):
        loaded.tokens([strings(["good"])])


def test_an_empty_text_without_special_tokens_still_has_a_token(tiny):
    loaded = load_classifier(tiny)

    def bare(texts, **_):
        return {"input_ids": [[] for _ in texts]}

    bare.pad_token_id, bare.model_max_length = 1, 32
    bare.model_input_names = ["input_ids", "attention_mask"]
    tokens = tokenise(bare, loaded.model, [strings(["", ""])], 256)
    assert tokens.ids.tolist() == [1, 1]
    assert tokens.lengths.tolist() == [1, 1]


WORDS = st.sampled_from(["good", "film", " bad ", "", "短片很好", "x" * 30, "Caf\u00e9 1.5", "a b"])
SIDES = st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=9)


def bert_tokenizer():
    """Word pieces with two kinds of segment, as BERT has them."""
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertTokenizerFast

    learnt = BertWordPieceTokenizer()
    learnt.train_from_iterator(["good film bad cafe 1 5 x a b 短片很好"], show_progress=False)
    return BertTokenizerFast(tokenizer_object=learnt._tokenizer)


@pytest.fixture(scope="module")
def tokenizers(tiny):
    return [load_classifier(tiny).tokenizer, bert_tokenizer()]


@given(SIDES, st.integers(8, 40))
def test_pairs_joined_from_parts_are_the_tokenizers_own(tokenizers, pairs, limit):
    sides = [list(side) for side in zip(*pairs, strict=True)]
    for tokenizer in tokenizers:
        joined = batches._Pairs(tokenizer, limit).encode(*sides)
        assert joined == batches._encode(tokenizer, sides, limit)


def test_each_text_of_the_pairs_is_encoded_once(tiny, monkeypatch):
    loaded, seen = load_classifier(tiny), []
    encode = batches._Pairs.encode

    def counted(self, left, right):
        before = set(self._known)
        result = encode(self, left, right)
        seen.extend(set(self._known) - before)
        return result

    monkeypatch.setattr(batches, "_joins_exactly", lambda *_: True)
    monkeypatch.setattr(batches._Pairs, "encode", counted)
    monkeypatch.setattr(batches, "CHUNK", 2)
    columns = [strings(["a", "a", "b", "a"]), strings(["b", "c", "c", "d"])]
    loaded.tokens(columns)
    assert sorted(seen) == ["a", "b", "c", "d"]
    monkeypatch.setattr(batches, "REMEMBERED", 1)
    assert len(loaded.tokens(columns)) == 4


def test_a_tokenizer_with_ways_of_its_own_does_it_alone(tiny, monkeypatch):
    loaded = load_classifier(tiny)
    columns = [strings(["good", "bad"]), strings(["film", "film"])]
    expected = loaded.tokens(columns).ids.tolist()
    other = ([[5, 6, 7]] * 2, [[0, 0, 0]] * 2)
    monkeypatch.setattr(batches._Pairs, "encode", lambda *_: other)
    assert loaded.tokens(columns).ids.tolist() == expected


def test_padding_on_the_right_is_masked(tiny):
    tokens, tokenizer = tokens_of(tiny, ["good film", "", "bad film"])
    batch = collate(tokens, np.array([1, 0]))
    width = tokens.lengths[0]
    assert batch["input_ids"].shape == (2, width)
    assert batch["input_ids"][0].tolist() == [0, 2] + [tokenizer.pad_token_id] * (width - 2)
    assert batch["attention_mask"].sum(dim=1).tolist() == [2, width]


@given(lengths, st.integers(1, 2000))
def test_every_row_is_in_one_batch_within_the_budget(lengths, budget):
    cut = length_sorted(lengths, budget)
    assert sorted(np.concatenate(cut).tolist()) == list(range(len(lengths)))
    assert all(len(rows) * lengths[rows].max() <= budget or len(rows) == 1 for rows in cut)
    tops = [int(lengths[rows].max()) for rows in cut]
    assert tops == sorted(tops, reverse=True)


@given(lengths, st.integers(1, 9), st.integers(0, 5))
def test_an_epoch_shows_every_row_once_in_an_order_of_its_own(lengths, size, epoch):
    rows = np.arange(0, len(lengths), 2)
    cut = shuffled(lengths, rows, size, (0, epoch))
    again = shuffled(lengths, rows, size, (0, epoch))
    assert sorted(np.concatenate(cut).tolist()) == rows.tolist()
    assert [each.tolist() for each in cut] == [each.tolist() for each in again]
    assert len(cut) == -(-len(rows) // size)
    assert all(len(each) <= size for each in cut)


def test_epochs_and_seeds_differ():
    rows, lengths = np.arange(100), np.full(100, 7)
    orders = [np.concatenate(shuffled(lengths, rows, 8, seed)) for seed in ((0, 0), (0, 1), (1, 0))]
    assert not any((a == b).all() for a, b in ((orders[0], orders[1]), (orders[0], orders[2])))


def test_batches_are_of_like_length():
    lengths = np.tile(np.arange(1, 65), 16)
    cut = shuffled(lengths, np.arange(1024), 32, (0, 0))
    padded = sum(len(rows) * int(lengths[rows].max()) for rows in cut)
    assert padded < 1.1 * lengths.sum()


def test_a_step_is_computed_in_parts_that_fit():
    assert passes(np.full(32, 32), "cpu") == 1
    assert passes(np.full(32, 33), "cpu") == 2
    assert passes(np.array([10, 1025]), "cpu") == 3
    assert passes(np.full(32, 512), "cuda") == 1
