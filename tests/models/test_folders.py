from __future__ import annotations

import json
import shutil

import pytest

from labelviz.errors import ModelRefused
from labelviz.models.folders import check_folder, trained_on
from tests.conftest import assert_message


def refused(path) -> ModelRefused:
    with pytest.raises(ModelRefused) as caught:
        check_folder(path)
    assert str(path) in caught.value.where
    return caught.value


def test_a_whole_folder_gives_its_config(tiny):
    assert check_folder(tiny)["architectures"] == ["RobertaForSequenceClassification"]


def test_no_folder(tmp_path):
    error = refused(tmp_path / "nothing")
    assert_message(error, "no model folder", "nothing", "Nothing was changed", "config.json")


def test_no_config(folder):
    (folder / "config.json").unlink()
    assert "no config.json" in refused(folder).what


@pytest.mark.parametrize("content", ["{", "[]", "", "[" * 100_000])
def test_a_config_that_is_no_json_object(folder, content):
    (folder / "config.json").write_text(content)
    assert "config.json" in refused(folder).what


@pytest.mark.bad_input("G01")
@pytest.mark.parametrize(
    "name",
    ["pytorch_model.bin", "w.pt", "w.pth", "w.ckpt", "w.pkl", "w.joblib", "tf.h5", "f.msgpack"],
)
def test_pickled_weights_alone(folder, name):
    (folder / "model.safetensors").rename(folder / name)
    error = refused(folder)
    assert_message(error, name, "model", "Nothing was loaded", "Convert to safetensors")


@pytest.mark.bad_input("G02")
def test_pickled_weights_beside_safetensors_are_left_alone(folder):
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04never read")
    assert check_folder(folder)["model_type"] == "roberta"


def test_no_weights_at_all(folder):
    (folder / "model.safetensors").unlink()
    assert "no weights" in refused(folder).what


@pytest.mark.bad_input("G03")
def test_config_with_own_code(folder, edit):
    edit(folder / "config.json", auto_map={"AutoModel": "modeling_mine.Mine"})
    error = refused(folder)
    assert "needs its own code" in error.what
    assert "config.json: auto_map" in error.what


@pytest.mark.bad_input("G03")
def test_tokenizer_with_own_code(folder, edit):
    edit(folder / "tokenizer_config.json", auto_map={"AutoTokenizer": ["t.Mine", None]})
    assert "tokenizer_config.json: auto_map" in refused(folder).what


@pytest.mark.bad_input("G03")
def test_python_files(folder):
    (folder / "deep").mkdir()
    (folder / "deep" / "modeling_mine.py").write_text("raise SystemExit")
    assert "modeling_mine.py" in refused(folder).what


@pytest.mark.bad_input("G04")
@pytest.mark.parametrize(
    "smuggled",
    [
        {"text_config": {"trust_remote_code": True}},
        {"_attn_implementation_internal": "somebody/kernels"},
        {"inner": [{"attn_implementation": "somebody/kernels:run"}]},
    ],
)
def test_config_that_would_fetch_or_trust_code(folder, edit, smuggled):
    edit(folder / "config.json", **smuggled)
    assert "needs its own code" in refused(folder).what


def test_a_plain_attention_name_is_no_code(folder, edit):
    edit(folder / "config.json", attn_implementation="eager")
    assert check_folder(folder)["attn_implementation"] == "eager"


@pytest.mark.bad_input("G06")
@pytest.mark.parametrize("kept", [0, 5, 8, 100, -1])
def test_truncated_weights(folder, kept):
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:kept])
    assert "incomplete or damaged" in refused(folder).what


@pytest.mark.bad_input("G06")
def test_weights_with_more_bytes_than_the_header_says(folder):
    file = folder / "model.safetensors"
    whole = file.stat().st_size
    file.write_bytes(file.read_bytes() + b"more")
    assert f"{whole + 4:,} of {whole:,} bytes" in refused(folder).what


@pytest.mark.bad_input("G06")
@pytest.mark.parametrize(
    "spans", [[[0, 8], [4, 12]], [[0, 4], [8, 12]], [[4, 12]], [[0, "12"]], [None]]
)
def test_weights_whose_tensors_overlap_or_leave_gaps(folder, spans):
    entries = {
        f"t{n}": {"dtype": "F32", "shape": [1], "data_offsets": s} for n, s in enumerate(spans)
    }
    header = json.dumps(entries).encode()
    content = len(header).to_bytes(8, "little") + header + bytes(12)
    (folder / "model.safetensors").write_bytes(content)
    assert "incomplete or damaged" in refused(folder).what


@pytest.mark.bad_input("G07")
@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
def test_large_file_pointers(folder, name):
    (folder / name).write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 90868376\n"
    )
    error = refused(folder)
    assert name in error.what
    assert "pointer" in error.what
    assert "git lfs pull" in error.remedy


@pytest.mark.bad_input("G08")
@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({"a": "one.safetensors", "b": "two.safetensors"}, "two.safetensors"),
        ({"a": "../one.safetensors"}, "../one.safetensors"),
        ({}, "not usable"),
    ],
)
def test_a_shard_index_with_missing_or_foreign_shards(folder, names, said):
    (folder / "model.safetensors").rename(folder / "one.safetensors")
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": names}))
    assert said in refused(folder).what


def test_whole_shards_are_fine(folder):
    (folder / "model.safetensors").rename(folder / "one.safetensors")
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "one.safetensors"}}))
    assert check_folder(folder)["model_type"] == "roberta"


@pytest.mark.bad_input("G09")
def test_no_tokenizer(folder):
    (folder / "tokenizer.json").unlink()
    error = refused(folder)
    assert_message(error, "no tokenizer", "model", "Nothing was changed", "save_pretrained")


def test_the_origin_of_a_model(folder):
    assert trained_on(folder) == ""
    (folder / "labelviz.json").write_text('{"dataset": "0123456789abcdef"}')
    assert trained_on(folder) == "0123456789abcdef"


def test_looking_changes_nothing(folder, tiny):
    check_folder(folder)
    for file in tiny.iterdir():
        assert (folder / file.name).read_bytes() == file.read_bytes()
    shutil.rmtree(folder)
