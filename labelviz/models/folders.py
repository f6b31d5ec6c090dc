"""Model folders: what is looked at before anything in one is loaded.

Nothing is unpickled, nothing is executed and no weight is read here: only names, sizes and JSON.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labelviz.errors import ModelRefused, in_words

# Weight formats that can run code when they are read, or that labelviz does not read.
CODE_SUFFIXES = frozenset(
    {".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".npy", ".h5", ".msgpack"}
)
# Any one of these sets of files makes a tokenizer.
TOKENIZERS = (
    {"tokenizer.json"},
    {"vocab.txt"},
    {"vocab.json", "merges.txt"},
    {"spiece.model"},
    {"sentencepiece.bpe.model"},
    {"tokenizer.model"},
)
POINTER = b"version https://git-lfs"
MAX_HEADER = 100_000_000
LONGEST_HUB_ID = 96
MOST_FILES = 10_000  # in a model folder, with all its checkpoints
# Fields of a config that say how many parts are made.
LAYERS = re.compile(r"layers?$|^n_layers?$|layers?_|_groups$|blocks$|experts$|^depths?$|stages$")
# What is made at once in little memory, whatever the weights are.
FEW_LAYERS, FEW_NUMBERS = 1_000, 10_000_000
FLOAT_BYTES = 4  # what a weight takes once it is loaded, whatever it takes on disk
READ = frozenset({".json", ".safetensors", ".txt", ".model"})  # ends of the names of what is read
ADAPTER = "adapter_config.json"
CARD = "labelviz.json"  # what labelviz writes beside the weights of a model that it trained
RUN_OF_MODEL = "../run.json"
SENTENCE = "sentence_bert_config.json"  # what sentence-transformers writes beside an encoder


def check_folder(path: Path) -> dict[str, Any]:
    """Return the config of a model folder that can be loaded without running anything in it.

    Raises
    ------
    ModelRefused : missing, no config, own code, pickled or damaged weights, or no tokenizer.
    """
    if not os.path.isdir(path):
        raise ModelRefused(
            "There is no model folder here.",
            where=str(path),
            remedy="Name a folder that holds config.json, model.safetensors and tokenizer files.",
        )
    _check_is_model(path)
    _check_links(path)
    _check_no_adapter(path)
    config = _config(path)
    _check_no_code(path, config)
    weights = [_check_safetensors(each) for each in _weights(path)]
    whole = Weights(sum(each.tensors for each in weights), sum(each.numbers for each in weights))
    check_sizes(config, whole, str(path))
    _check_memory(path, FLOAT_BYTES * whole.numbers)
    _check_tokenizer(path)
    return config


def manifest(path: Path) -> dict[str, tuple[int, int, int]]:
    """Size, time and inode of every file in a folder, which change when one is replaced.

    Raises
    ------
    ModelRefused : so much lies in it that it is no model folder.
    """
    found = {}
    for each in _inside(path):
        if os.path.isfile(each):
            with suppress(FileNotFoundError):  # it was removed at this moment
                about = each.stat()
                place = str(each.relative_to(path))
                found[place] = (about.st_size, about.st_mtime_ns, about.st_ino)
    return found


def _inside(path: Path) -> list[Path]:
    """All files and folders in a folder; links to folders are not followed.

    Raises
    ------
    ModelRefused : there are more than any model folder has.
    """
    found: list[Path] = []
    for folder, folders, files in os.walk(path):
        found += (Path(folder, name) for name in (*folders, *files))
        if len(found) > MOST_FILES:
            raise ModelRefused(
                f"This is no model folder: over {MOST_FILES:,} files lie in it.",
                where=str(path),
                remedy="Name the folder that `save_pretrained` wrote.",
            )
    return sorted(found)


def _check_is_model(path: Path) -> None:
    if os.path.isfile(path / "config.json") or os.path.isfile(path / ADAPTER):
        return
    raise ModelRefused(
        "The folder is not a model folder: it has no config.json.",
        where=str(path),
        remedy="Name the folder that `save_pretrained` wrote.",
    )


def _check_links(path: Path) -> None:
    """Refuse links out of the folder; a snapshot of the hub's cache may link to its own blobs."""
    root = Path(os.path.realpath(path))
    root = root.parent.parent if root.parent.name == "snapshots" else root
    outside = [
        str(each.relative_to(path))
        for each in _inside(path)
        if each.is_symlink() and not Path(os.path.realpath(each)).is_relative_to(root)
    ]
    if outside:
        raise ModelRefused(
            f"The folder holds links to files outside of it: {in_words(outside)}.",
            where=str(path),
            safe="Nothing was loaded.",
            remedy="Copy the files themselves into the folder.",
        )


def _check_no_adapter(path: Path) -> None:
    if not (path / ADAPTER).is_file():
        return
    base = read_model_json(path / ADAPTER).get("base_model_name_or_path") or "another model"
    raise ModelRefused(
        f"This is an adapter; it needs its base model {base!r} and is no model by itself.",
        where=str(path),
        safe="Nothing was loaded.",
        remedy="Merge the adapter into its base model, save that, and name its folder.",
    )


@dataclass(frozen=True)
class Weights:
    """How many tensors the weights of a model are, and how many numbers those hold together."""

    tensors: int
    numbers: int


def check_sizes(config: dict[str, Any], weights: Weights, where: str) -> None:
    """Refuse a config that asks for far more than the weights hold, before any of it is made.

    A layer that is made has tensors of its own, so there are no more layers than tensors, but for
    the few models that use one layer again and again. No other size is larger than all weights
    together.

    Raises
    ------
    ModelRefused : it asks for more.
    """
    for name, size in _whole_numbers(config):
        layers = LAYERS.search(name) is not None
        most = max(weights.tensors, FEW_LAYERS) if layers else max(weights.numbers, FEW_NUMBERS)
        if size > most:
            raise ModelRefused(
                f"config.json says {name} is {size:,}; the weights are {weights.tensors:,} tensors "
                f"of {weights.numbers:,} numbers together.",
                where=where,
                safe="Nothing was loaded.",
                remedy="Use the config.json that was saved with these weights.",
            )


def _whole_numbers(value: object, name: str = "") -> Iterator[tuple[str, int]]:
    """The whole numbers of a config, at any depth, each with the name of its field."""
    if isinstance(value, int) and not isinstance(value, bool):
        yield name, value
    elif isinstance(value, float) and value.is_integer():
        yield name, int(value)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _whole_numbers(each, str(key))
    elif isinstance(value, list):
        for each in value:
            yield from _whole_numbers(each, name)


def _check_memory(path: Path, needed: int) -> None:
    """Refuse weights that the memory of this machine cannot hold, before any is allocated."""
    there = memory()
    if needed > there:
        raise ModelRefused(
            f"The weights need {needed:,} bytes of memory; this machine has {there:,}.",
            where=str(path),
            safe="Nothing was loaded.",
            remedy="Use a smaller model, or a machine with more memory.",
        )


def memory() -> int:
    """Bytes of memory of this machine."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def read_model_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file.

    Raises
    ------
    ModelRefused : not a JSON object, or a pointer to one.
    """
    _check_not_pointer(path)
    if path.stat().st_size > MAX_HEADER:
        raise ModelRefused(
            f"{path.name} has over {MAX_HEADER:,} bytes, which no such file has.",
            where=str(path),
            safe="Nothing was loaded.",
            remedy="Copy the file again from where the model came from.",
        )
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelRefused(
            f"{path.name} is not readable JSON: {error}.",
            where=str(path),
            remedy="Copy the file again from where the model came from.",
        ) from error
    if not isinstance(value, dict):
        raise ModelRefused(f"{path.name} does not hold a JSON object.", where=str(path))
    return value


def place_of(model: str | Path) -> Path | None:
    """Where a model lies that is named by its place on disk, absolute; None for a hub id.

    A hub id has at most one slash and 96 characters, and never starts with a dot, a slash or a
    tilde. `here/name` is a folder where `here` is one.
    """
    text = str(model)
    path = Path(os.path.expanduser(model))
    by_place = isinstance(model, Path) or text.startswith((".", "/", "~")) or "\\" in text
    by_place = by_place or "\0" in text
    by_place = by_place or len(text) > LONGEST_HUB_ID or text.count("/") > 1 or os.path.exists(path)
    if by_place or ("/" in text and os.path.isdir(path.parent)):
        return path.absolute()
    return None


def name_of(model: str | Path) -> str:
    """What a model is called: the run that labelviz trained it in, its folder, or its hub id."""
    path = place_of(model) or Path(model)
    path = Path(os.path.normpath(path))
    return path.parent.name if path.name == "model" else path.name


def origin(model: str | Path) -> dict[str, Any]:
    """What labelviz noted beside a model that it trained; empty for any other."""
    place = place_of(model)
    card = place / CARD if place else None
    return read_model_json(card) if card and os.path.isfile(card) else {}


def trained_on(model: str | Path) -> str:
    """Fingerprint of the dataset that labelviz trained this model on, or empty if unknown."""
    return str(origin(model).get("dataset", ""))


@dataclass(frozen=True)
class TokenLimits:
    """How many tokens of a sample a model is used with, as far as its files say.

    Parameters
    ----------
    used : what labelviz trained it with, or else what the author of a sentence encoder chose.
    trained : whether labelviz trained it.
    tokenizer : what its tokenizer said before; now it says what the model was trained with.
    """

    used: int | None = None
    trained: bool = False
    tokenizer: int | None = None


def lengths(files: Callable[[str], Path | None]) -> TokenLimits:
    """What the files of a model say of the length of samples.

    Parameters
    ----------
    files : where a file of the model lies, by its name, or None.

    Raises
    ------
    ModelRefused : such a file is not a JSON object.
    """
    card, run, sentence = map(files, (CARD, RUN_OF_MODEL, SENTENCE))
    about = read_model_json(card) if card is not None else {}
    known, before = about.get("max_tokens"), about.get("tokenizer_max_tokens")
    if known is None and about and run is not None:  # a model that an earlier version trained
        known = read_model_json(run).get("settings", {}).get("max_tokens")
    if isinstance(known, int):
        return TokenLimits(known, True, before if isinstance(before, int) else None)
    chosen = read_model_json(sentence).get("max_seq_length") if sentence is not None else None
    return TokenLimits(chosen if isinstance(chosen, int) and chosen > 0 else None)


def _config(path: Path) -> dict[str, Any]:
    return read_model_json(path / "config.json")


def _check_no_code(path: Path, config: dict[str, Any]) -> None:
    """Refuse own code, and settings that would fetch or trust some (CVE-2026-4372)."""
    found = [str(file.relative_to(path)) for file in _inside(path) if file.suffix == ".py"]
    for name in ("tokenizer_config.json", "processor_config.json"):
        if (path / name).is_file():
            settings = read_model_json(path / name)
            _check_template_names(path / name, settings.get("chat_template"))
            found += [f"{name}: {key}" for key in _code_keys(settings)]
    found += [f"config.json: {key}" for key in _code_keys(config)]
    if found:
        raise ModelRefused(
            f"This model needs its own code; labelviz does not run it. Found: {', '.join(found)}.",
            where=str(path),
            remedy="Use a model of an architecture that transformers ships.",
        )


def _check_template_names(path: Path, templates: object) -> None:
    """Refuse templates whose names would be written outside the folder (CVE-2026-9856)."""
    named = templates if isinstance(templates, list) else []
    names = [str(each.get("name")) for each in named if isinstance(each, dict)]
    bad = [name for name in names if Path(name).name != name or "\\" in name]
    if bad:
        raise ModelRefused(
            f"{path.name} names templates by a path: {', '.join(bad)}.",
            where=str(path),
            safe="Nothing was loaded.",
            remedy="Remove chat_template from the file; a classifier needs none.",
        )


def _code_keys(value: object) -> Iterator[str]:
    """Keys, at any depth, that name code: remote classes, trust, or kernels from a repository."""
    if isinstance(value, list):
        for item in value:
            yield from _code_keys(item)
    if not isinstance(value, dict):
        return
    for key, item in value.items():
        kernel = "attn_implementation" in key or "kernel" in key or "experts_implementation" in key
        if key in ("auto_map", "trust_remote_code") or (kernel and "/" in str(item)):
            yield key
        else:
            yield from _code_keys(item)


def _weights(path: Path) -> list[Path]:
    """The safetensors files of the model: one, or the shards that the index names."""
    whole, index = path / "model.safetensors", path / "model.safetensors.index.json"
    if whole.is_file():
        return [whole]
    if index.is_file():
        return _shards(path, index)
    pickled = [file.name for file in sorted(path.iterdir()) if file.suffix in CODE_SUFFIXES]
    if pickled:
        raise ModelRefused(
            "This model stores its weights in a format that can run code when it is read: "
            f"{', '.join(pickled)}.",
            where=str(path),
            safe="Nothing was loaded.",
            remedy="Convert to safetensors: load the model where you trust it and call "
            "`save_pretrained`.",
        )
    raise ModelRefused(
        "The folder has no weights: model.safetensors is missing.",
        where=str(path),
        remedy="Copy model.safetensors into the folder.",
    )


def _shards(path: Path, index: Path) -> list[Path]:
    names = read_model_json(index).get("weight_map")
    names = sorted({str(name) for name in names.values()}) if isinstance(names, dict) else []
    outside = [name for name in names if Path(name).name != name]
    missing = [name for name in names if name not in outside and not (path / name).is_file()]
    if outside or missing or not names:
        outer, gone = (in_words(each) or "none" for each in (outside, missing))
        raise ModelRefused(
            f"The shard index is not usable. Outside the folder: {outer}; missing: {gone}.",
            where=str(index),
            remedy="Copy all shards into the folder.",
        )
    return [path / name for name in names]


def _check_safetensors(path: Path) -> Weights:
    """Compare the header of a safetensors file with the size of the file; what it says of itself.

    The format: a length in 8 bytes little-endian, so many bytes of JSON, the tensors without gaps.
    """
    _check_not_pointer(path)
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(MAX_HEADER, size - 8):
            raise _incomplete(path, f"its header alone needs {length + 8:,} of {size:,} bytes")
        header = file.read(length)
    try:
        tensors = json.loads(header)
        named = [tensor for name, tensor in tensors.items() if name != "__metadata__"]
        spans = sorted(tensor["data_offsets"] for tensor in named)
        numbers = int(sum(math.prod(tensor["shape"]) for tensor in named))
        touching = all(a[1] == b[0] for a, b in zip([[0, 0], *spans], spans, strict=False))
        whole = 8 + length + (spans[-1][1] if spans else 0)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise _incomplete(path, "its header is not readable") from error
    if not touching:
        raise _incomplete(path, "its tensors overlap or leave gaps")
    if whole != size:
        raise _incomplete(path, f"{size:,} of {whole:,} bytes are there")
    return Weights(len(named), numbers)


def _incomplete(path: Path, why: str) -> ModelRefused:
    return ModelRefused(
        f"The weights file {path.name} is incomplete or damaged: {why}.",
        where=str(path),
        safe="Nothing was loaded.",
        remedy="Copy or download the file again.",
    )


def _check_not_pointer(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(len(POINTER)) != POINTER:
            return
    raise ModelRefused(
        f"{path.name} is a Git LFS pointer to a large file, not the file itself.",
        where=str(path),
        safe="Nothing was loaded.",
        remedy="Run `git lfs pull` in the repository the model came from.",
    )


def _check_tokenizer(path: Path) -> None:
    names = {file.name for file in path.iterdir() if file.is_file()}
    if not any(needed <= names for needed in TOKENIZERS):
        raise ModelRefused(
            "The folder has no tokenizer files.",
            where=str(path),
            remedy="Save the tokenizer the model was trained with into the folder: "
            "`tokenizer.save_pretrained(folder)`.",
        )
    for name in names & set().union(*TOKENIZERS):
        _check_not_pointer(path / name)
