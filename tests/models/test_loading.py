from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from labelviz.core.arrays import strings
from labelviz.errors import ModelRefused, in_words
from labelviz.models import loading
from labelviz.models.batches import collate
from labelviz.models.loading import (
    load_classifier,
    load_encoder,
    load_for_training,
)
from labelviz.models.scratch import new_classifier
from tests.conftest import assert_message
from tests.models.conftest import SMALL, TEXTS


def refused(*arguments, **more) -> ModelRefused:
    with pytest.raises(ModelRefused) as caught:
        load_classifier(*arguments, **more)
    return caught.value


def logits(classifier):
    tokens = classifier.tokens([strings(TEXTS)])
    with torch.inference_mode():
        return classifier.logits(collate(tokens, np.arange(len(TEXTS)), classifier.device)).cpu()


def test_importing_needs_no_heavy_library():
    modules = (
        "batches cache card checkpoints crossval embed features folders loading losses predict runs"
    )
    names = [f"labelviz.models.{name}" for name in f"{modules} precision scratch train".split()]
    heavy = "{'torch', 'transformers', 'sklearn', 'safetensors', 'tokenizers', 'pandas'}"
    code = f"import sys, {', '.join(names)}; assert not {heavy} & sys.modules.keys()"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_classifier_with_its_own_classes(tiny):
    classifier = load_classifier(tiny)
    assert classifier.classes == ("no", "yes")
    assert classifier.columns == (0, 1)
    assert not classifier.model.training
    assert classifier.model.dtype == torch.float32


@pytest.mark.bad_input("G12")
def test_outputs_follow_the_names_of_the_dataset(tiny):
    own, swapped = load_classifier(tiny), load_classifier(tiny, ("yes", "no"))
    assert swapped.classes == ("yes", "no")
    torch.testing.assert_close(logits(swapped), logits(own).flip(dims=[1]), rtol=0, atol=0)


@pytest.mark.bad_input("G11")
@pytest.mark.parametrize("classes", [("no", "maybe"), ("no", "yes", "maybe"), ("No", "yes")])
def test_other_classes(tiny, classes):
    error = refused(tiny, classes)
    assert_message(error, in_words(sorted(classes)), "tiny", "", "id2label")
    assert "“no” and “yes”" in error.what


@pytest.mark.bad_input("G13")
def test_classes_without_names(folder, edit):
    edit(folder / "config.json", id2label={"0": "LABEL_0", "1": "LABEL_1"})
    error = refused(folder, ("no", "yes"))
    assert_message(error, "LABEL_0, LABEL_1", "model", "", "id2label")


def test_names_that_mean_nobody_named_them_are_names_where_the_dataset_has_them(folder, edit):
    edit(folder / "config.json", id2label={"0": "LABEL_0", "1": "LABEL_1"})
    assert load_classifier(folder, ("LABEL_1", "LABEL_0")).columns == (1, 0)
    named = load_classifier(folder, ("no", "yes"), outputs=("yes", "no"))
    assert (named.classes, named.columns) == (("no", "yes"), (1, 0))
    for wrong in (("yes",), ("yes", "yes")):
        with pytest.raises(ModelRefused, match="The model has 2 outputs"):
            load_classifier(folder, ("no", "yes"), outputs=wrong)
    assert "does not name its classes" in refused(folder).what
    (folder / "labelviz.json").write_text('{"classes": ["LABEL_0", "LABEL_1"]}')
    assert load_classifier(folder).classes == ("LABEL_0", "LABEL_1")
    assert "are not the dataset's" in refused(folder, ("LABEL_0", "other")).what


@pytest.mark.bad_input("G13")
def test_no_class_names_at_all(folder, edit):
    edit(folder / "config.json", id2label=None, label2id=None, num_labels=None)
    assert "does not name its classes" in refused(folder, ("no", "yes")).what


@pytest.mark.bad_input("G14")
@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({"0": "no", "2": "yes"}, "gaps: it numbers the outputs 0 and 2"),
        ({"0": "no", "1": "no"}, "repeats names: no, no"),
        ({"first": "no", "second": "yes"}, "does not map numbers to names"),
        (["no", "yes"], "does not map numbers to names"),
    ],
)
def test_class_numbers_with_a_defect(folder, edit, names, said):
    edit(folder / "config.json", id2label=names, label2id=None)
    assert said in refused(folder, ("no", "yes")).what


@pytest.mark.bad_input("G14")
def test_more_outputs_than_names(folder, edit):
    edit(folder / "config.json", num_labels=3)
    assert "num_labels is 3, but id2label names 2" in refused(folder, ("no", "yes")).what


@pytest.mark.bad_input("G14")
def test_more_names_than_outputs_in_the_weights(folder, edit):
    edit(folder / "config.json", id2label={"0": "no", "1": "yes", "2": "maybe"})
    assert "cannot be loaded" in refused(folder, ("no", "yes", "maybe")).what


@pytest.mark.bad_input("G15")
def test_a_multilabel_head_for_one_label_each_and_the_reverse(tiny, tags):
    assert "The model is multi-label" in refused(tags, ("a", "b", "c"), multilabel=False).what
    assert "the dataset is multi-label" in refused(tiny, ("no", "yes"), multilabel=True).what
    assert load_classifier(tags, ("c", "a", "b"), multilabel=True).columns == (2, 0, 1)


@pytest.mark.bad_input("G15")
@pytest.mark.parametrize(
    "changes", [{"problem_type": "regression"}, {"id2label": {"0": "score"}, "label2id": None}]
)
def test_a_regression_head(folder, edit, changes):
    edit(folder / "config.json", **changes)
    assert "regression" in refused(folder, ("no", "yes")).what


@pytest.mark.bad_input("G16")
@pytest.mark.parametrize("names", [["BertModel"], ["RobertaForMaskedLM"]])
def test_no_classifier(folder, edit, names):
    edit(folder / "config.json", architectures=names)
    error = refused(folder, ("no", "yes"))
    assert names[0] in error.what
    assert "encoder" in error.remedy


@pytest.mark.bad_input("G16")
def test_a_head_that_is_not_in_the_weights(folder):
    file = folder / "model.safetensors"
    body = {name: t for name, t in load_file(file).items() if not name.startswith("classifier")}
    save_file(body, file, metadata={"format": "pt"})
    error = refused(folder, ("no", "yes"))
    assert "classifier.out_proj.weight" in error.what


@pytest.mark.bad_input("G17")
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers(folder, value):
    file = folder / "model.safetensors"
    tensors = load_file(file)
    tensors["classifier.dense.weight"][3, 4] = value
    save_file(tensors, file, metadata={"format": "pt"})
    assert "NaN or infinity" in refused(folder, ("no", "yes")).what


@pytest.mark.bad_input("G21")
@pytest.mark.parametrize("load", ["load_classifier", "load_encoder", "load_for_training"])
def test_a_folder_that_is_replaced_while_it_is_loaded(folder, monkeypatch, load):
    from_pretrained = loading._from_pretrained

    def replacing(kind, model, **options):
        loaded = from_pretrained(kind, model, **options)
        if kind == "AutoTokenizer":
            content = (folder / "model.safetensors").read_bytes()
            (folder / "model.safetensors").unlink()
            (folder / "model.safetensors").write_bytes(content)
        return loaded

    monkeypatch.setattr(loading, "_from_pretrained", replacing)
    more = {"multilabel": False, "seed": 0} if load == "load_for_training" else {}
    arguments = (folder,) if load == "load_encoder" else (folder, ("no", "yes"))
    with pytest.raises(ModelRefused) as caught:
        getattr(loading, load)(*arguments, **more)
    assert_message(caught.value, "model.safetensors", "model", "", "Try again")


def test_the_behaviour_changes_with_weights_config_and_tokenizer_not_with_names(folder, edit):
    before = load_classifier(folder).behaviour_hash
    edit(folder / "config.json", id2label={"0": "a", "1": "b"}, label2id={"a": 0, "b": 1})
    renamed = load_classifier(folder)
    assert renamed.behaviour_hash == before
    edit(folder / "config.json", num_attention_heads=1)
    fewer = load_classifier(folder)
    assert fewer.model_hash == renamed.model_hash
    fewer.tokenizer.add_tokens(["film"])
    hashes = {before, load_classifier(folder).behaviour_hash, fewer.behaviour_hash}
    assert len(hashes) == 3


def test_a_tokenizer_in_python_has_no_hash(tiny):
    assert replace(load_classifier(tiny), tokenizer=object()).behaviour_hash == ""


def test_an_unknown_model_type(folder, edit):
    edit(folder / "config.json", model_type="mine")
    assert "cannot be loaded" in refused(folder, ("no", "yes")).what


def test_a_hub_that_cannot_be_reached(monkeypatch):
    def unreachable(name, **options):
        assert options == {"trust_remote_code": False, "local_files_only": False}
        raise OSError(f"We couldn't connect to load {name}.\nCheck your connection.")

    monkeypatch.setattr(transformers.AutoConfig, "from_pretrained", unreachable)
    error = refused("nobody/nothing", ("no", "yes"))
    assert_message(
        error, "hub cannot be reached or has no such model", "nobody/nothing", "", "connection"
    )


def test_a_hub_model_goes_through_transformers_without_its_code(monkeypatch, tiny, tmp_path):
    seen, asked = [], []

    def from_hub(kind):
        real = getattr(transformers, kind).from_pretrained

        def load(name, **options):
            seen.append((kind, name, options["trust_remote_code"], options.get("use_safetensors")))
            return real(tiny, **{**options, "local_files_only": True})

        monkeypatch.setattr(getattr(transformers, kind), "from_pretrained", load)

    kinds = ("AutoConfig", "AutoTokenizer", "AutoModelForSequenceClassification")
    for kind in kinds:
        from_hub(kind)

    def file_of(name, file):
        asked.append((name, file))
        if file != "sentence_bert_config.json":
            raise OSError(f"{name} has no {file}")
        (tmp_path / file).write_text('{"max_seq_length": 12}')
        return str(tmp_path / file)

    monkeypatch.setattr(transformers.utils.hub, "cached_file", file_of)
    loaded = load_classifier("owner/name", ("no", "yes"))
    assert (loaded.source, loaded.max_tokens) == ("owner/name", 12)
    assert asked == [
        ("owner/name", each) for each in ("labelviz.json", "sentence_bert_config.json")
    ]
    assert not any(trust for _, _, trust, _ in seen)
    assert {kind for kind, name, _, _ in seen if name == "owner/name"} == set(kinds)
    assert ("AutoModelForSequenceClassification", "owner/name", False, True) in seen


def test_the_hash_tells_weights_apart(tiny, tags, folder):
    assert load_classifier(tiny).model_hash == load_classifier(folder).model_hash
    file = folder / "model.safetensors"
    tensors = load_file(file)
    tensors["classifier.out_proj.bias"][0] += 1e-6
    save_file(tensors, file, metadata={"format": "pt"})
    assert load_classifier(tiny).model_hash != load_classifier(folder).model_hash


def test_an_encoder_is_the_body_without_the_head(tiny):
    encoder = load_encoder(tiny)
    assert type(encoder.model).__name__ == "RobertaModel"
    own = load_classifier(tiny).model.roberta.embeddings.word_embeddings.weight
    torch.testing.assert_close(encoder.model.embeddings.word_embeddings.weight, own)


def test_an_encoder_decoder_gives_no_embedding(folder, edit):
    edit(folder / "config.json", is_encoder_decoder=True)
    with pytest.raises(ModelRefused, match="encoder-decoder"):
        load_encoder(folder)


def test_training_goes_on_with_a_head_for_the_same_classes(tiny):
    ready = load_for_training(tiny, ("yes", "no"), multilabel=False, seed=5)
    assert ready.note == "The model's own head was kept."
    torch.testing.assert_close(logits(ready), logits(load_classifier(tiny, ("yes", "no"))))


@pytest.mark.parametrize(
    ("classes", "multilabel"),
    [(("x", "y", "z"), False), (("x", "y"), False), (("no", "yes"), True)],
)
def test_training_makes_a_new_head_for_others(tiny, classes, multilabel):
    made = [load_for_training(tiny, classes, multilabel=multilabel, seed=s) for s in (1, 1, 2)]
    config = made[0].model.config
    assert tuple(config.id2label.values()) == made[0].classes == classes
    assert config.label2id == {name: k for k, name in enumerate(classes)}
    kind = "multi_label" if multilabel else "single_label"
    assert config.problem_type == f"{kind}_classification"
    assert made[0].note.startswith(f"A new head for {len(classes)} classes was made with seed 1.")
    assert made[0].model_hash == made[1].model_hash != made[2].model_hash
    body = load_classifier(tiny).model.roberta.state_dict()
    for name, tensor in made[2].model.roberta.state_dict().items():
        torch.testing.assert_close(tensor, body[name], rtol=0, atol=0)


def test_a_new_head_forgets_the_old_one_of_the_same_size(tiny):
    made = load_for_training(tiny, ("x", "y"), multilabel=False, seed=1)
    old = load_classifier(tiny).model.classifier.out_proj.weight
    assert not torch.equal(made.model.classifier.out_proj.weight, old)


def test_training_never_trusts_a_folder_that_is_refused(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelRefused, match="can run code"):
        load_for_training(folder, ("no", "yes"), multilabel=False, seed=0)


def test_an_architecture_without_a_classification_head(folder, monkeypatch):
    def none(*_, **__):
        raise ValueError("Unrecognized configuration class")

    monkeypatch.setattr(transformers.AutoModelForSequenceClassification, "from_config", none)
    with pytest.raises(ModelRefused, match="no classification head"):
        load_for_training(folder, ("x", "y"), multilabel=False, seed=0)


def test_loading_is_quiet_and_leaves_the_random_state_alone(tiny, capfd):
    torch.manual_seed(7)
    before = torch.get_rng_state()
    bars = transformers.utils.logging.is_progress_bar_enabled()
    verbosity = transformers.utils.logging.get_verbosity()
    load_for_training(tiny, ("x", "y"), multilabel=False, seed=0)
    load_encoder(tiny)
    assert torch.equal(torch.get_rng_state(), before)
    assert capfd.readouterr() == ("", "")
    assert transformers.utils.logging.is_progress_bar_enabled() == bars
    assert transformers.utils.logging.get_verbosity() == verbosity


def test_one_multilabel_class_is_no_regression(tmp_path):
    folder = new_classifier(tmp_path / "one", TEXTS, ("spam",), SMALL, multilabel=True)
    assert load_classifier(folder, ("spam",), multilabel=True).columns == (0,)
