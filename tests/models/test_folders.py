from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from safetensors.torch import load_file

from labelviz.errors import ModelRefused
from labelviz.models import folders
from labelviz.models.folders import check_folder, name_of, place_of, trained_on
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
    assert_message(error, "no model folder", "nothing", "", "config.json")


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
    assert_message(error, "no tokenizer", "model", "", "save_pretrained")


@pytest.mark.bad_input("G05")
@pytest.mark.parametrize("name", ["../../../etc/cron.d/x", "/etc/x", "a\\b", "a/b"])
def test_template_names_that_are_paths(folder, edit, name):
    edit(folder / "tokenizer_config.json", chat_template=[{"name": name, "template": "{{ x }}"}])
    error = refused(folder)
    assert_message(error, name, "tokenizer_config.json", "Nothing was loaded", "chat_template")


def test_templates_with_plain_names_do_no_harm(folder, edit):
    plain = [{"name": "default", "template": "{{ x }}"}, {"name": "tool_use", "template": ""}]
    edit(folder / "tokenizer_config.json", chat_template=plain)
    assert check_folder(folder)["model_type"] == "roberta"


@pytest.mark.bad_input("G18")
def test_weights_larger_than_the_memory(folder, monkeypatch):
    monkeypatch.setattr(folders, "memory", lambda: 4_000)
    error = refused(folder)
    assert_message(error, "has 4,000", "model", "Nothing was loaded", "smaller model")
    counted = sum(tensor.numel() for tensor in load_file(folder / "model.safetensors").values())
    assert f"need {4 * counted:,} bytes" in error.what
    monkeypatch.undo()
    assert folders.memory() > 2**28


@pytest.mark.bad_input("G20")
def test_links_out_of_the_folder(folder, tmp_path):
    elsewhere = (folder / "tokenizer.json").rename(tmp_path / "elsewhere.json")
    (folder / "tokenizer.json").symlink_to(elsewhere)
    error = refused(folder)
    assert_message(error, "tokenizer.json", "model", "Nothing was loaded", "Copy the files")


@pytest.mark.bad_input("G20")
def test_links_that_stay_inside_are_fine(folder, tmp_path):
    (folder / "tokenizer.json").rename(folder / "real.json")
    (folder / "tokenizer.json").symlink_to("real.json")
    (tmp_path / "link").symlink_to(folder)
    assert check_folder(tmp_path / "link")["model_type"] == "roberta"


def test_a_snapshot_of_the_hub_links_to_its_own_blobs(folder, tmp_path):
    blobs, snapshot = tmp_path / "hub" / "blobs", tmp_path / "hub" / "snapshots" / "abc"
    blobs.mkdir(parents=True)
    snapshot.mkdir(parents=True)
    for file in folder.iterdir():
        file.rename(blobs / file.name)
        (snapshot / file.name).symlink_to(f"../../blobs/{file.name}")
    assert check_folder(snapshot)["model_type"] == "roberta"


@pytest.mark.bad_input("G22")
@pytest.mark.parametrize("whole", [True, False])
def test_an_adapter_without_its_base_model(folder, whole):
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "owner/base"}')
    if not whole:
        (folder / "config.json").unlink()
    error = refused(folder)
    assert_message(error, "'owner/base'", "model", "Nothing was loaded", "Merge the adapter")


def test_the_origin_of_a_model_is_known_however_it_is_named(folder, tmp_path, monkeypatch):
    assert trained_on(folder) == ""
    assert trained_on("owner/name") == ""
    (folder / "labelviz.json").write_text('{"dataset": "0123456789abcdef"}')
    monkeypatch.setenv("HOME", str(folder.parent))
    monkeypatch.chdir(folder.parent)
    (tmp_path / "link").symlink_to(folder)
    for name in (folder, folder.name, f"~/{folder.name}", f"./{folder.name}", tmp_path / "link"):
        assert trained_on(name) == "0123456789abcdef"


def test_what_is_a_place_on_disk_and_what_a_hub_id(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "models").mkdir()
    places = {
        "models": "models", "models/typo": "models/typo", "./x": "x", "~/m": "home/m",
        "a/b/c": "a/b/c", "a\\b": "a\\b",
    }  # fmt: skip
    for name, place in places.items():
        assert place_of(name) == tmp_path / place
    assert place_of(tmp_path) == tmp_path
    assert str(place_of("/a/b")) == "/a/b"
    assert place_of("bert-base-uncased") is None
    assert place_of("owner/name") is None


def test_a_model_is_called_after_its_run_its_folder_or_its_hub_id(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert name_of("owner/name") == "name"
    assert name_of("~/runs/soft/model") == "soft"
    assert name_of("./mine/") == "mine"
    assert name_of(".") == tmp_path.name


def test_looking_changes_nothing(folder, tiny):
    check_folder(folder)
    for file in tiny.iterdir():
        assert (folder / file.name).read_bytes() == file.read_bytes()
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    "name", ["x" * 300, "./" + "x" * 300, "a/" + "x" * 300, "y/" * 3000, "~nobody/x", "a\0b"]
)
def test_a_path_that_no_system_takes_is_no_folder(name):
    place = place_of(name)
    assert place is not None
    assert "no model folder here" in refused(place).what
    assert trained_on(name) == ""


def test_a_folder_with_links_in_a_circle_is_looked_at_once(folder):
    (folder / "self").symlink_to(folder / "self")
    (folder / "back").symlink_to(folder)
    assert check_folder(folder)["model_type"] == "roberta"
    assert "model.safetensors" in folders.manifest(folder)
    assert not any(name.startswith("back/") for name in folders.manifest(folder))
    assert "no model folder here" in refused(folder / "self").what


def test_no_tree_is_walked_that_is_no_model(tmp_path, folder, monkeypatch):
    walked = []
    real = folders.os.walk
    monkeypatch.setattr(folders.os, "walk", lambda path: walked.append(path) or real(path))
    for path in (tmp_path, Path("/"), Path("/proc")):
        assert "no config.json" in refused(path).what
    assert walked == []
    monkeypatch.setattr(folders, "MOST_FILES", 10)
    for number in range(30):
        (folder / f"{number}.txt").touch()
    assert "over 10 files" in refused(folder).what
    with pytest.raises(ModelRefused, match="over 10 files"):
        folders.manifest(folder)


@pytest.mark.bad_input("G06")
@pytest.mark.parametrize(
    "asked",
    [
        {"num_hidden_layers": 10**9},
        {"num_hidden_layers": 1e9},
        {"vocab_size": 10**12},
        {"max_position_embeddings": 10**10},
        {"text_config": {"n_layer": 5_000}},
        {"hidden_sizes": [8, 10**9]},
    ],
)
def test_a_config_that_asks_for_more_than_the_weights_hold(folder, edit, asked):
    edit(folder / "config.json", **asked)
    error = refused(folder)
    assert "the weights are" in error.what
    assert "Nothing was loaded" in error.safe


def test_a_config_may_repeat_layers_and_name_what_sizes_nothing(folder, edit):
    edit(folder / "config.json", num_hidden_layers=100, rope_theta=10_000_000, pad_token_id=-1)
    assert check_folder(folder)["num_hidden_layers"] == 100


def test_a_json_file_without_an_end(folder, monkeypatch):
    monkeypatch.setattr(folders, "MAX_HEADER", 100)
    assert "over 100 bytes" in refused(folder).what
