"""Models from a folder or the hub, checked before they are trusted and matched by class name."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelviz.core.arrays import Strings
from labelviz.core.settings import MOST_TOKENS, Precision
from labelviz.errors import ModelRefused, in_words
from labelviz.models.batches import Tokens, token_limit, tokenise
from labelviz.models.folders import check_folder as check_folder
from labelviz.models.folders import lengths, manifest, origin, place_of
from labelviz.models.fused import fuse_products
from labelviz.models.precision import autocast, exact_head, lowered

if TYPE_CHECKING:
    from typing import Self

    from torch import Tensor

GENERIC = "LABEL_"
NAME_THEM = (
    "Say which class each output stands for (on the command line --outputs A,B,C), or put the "
    'class names into id2label in config.json, as {"0": "name", "1": ...}.'
)
# What a config says that changes no output.
NAMES_ONLY = frozenset(
    {"_name_or_path", "architectures", "dtype", "id2label", "label2id", "problem_type",
     "transformers_version"}
)  # fmt: skip
# Why samples are cut where they are.
CUT = {
    "asked": "Samples longer than {:,} tokens were cut there, as asked for.",
    "trained": "Samples longer than {:,} tokens were cut there, as in the training of the model.",
    "author": "Samples longer than {:,} tokens were cut there, as the author of the model chose.",
    "limit": "Samples longer than {:,} tokens were cut there, which is all that the model reads.",
    "most": "Samples longer than {:,} tokens were cut there, which is where labelviz cuts what "
    "it did not train unless told otherwise.",
}
MULTILABEL, SINGLE_LABEL = "multi_label_classification", "single_label_classification"


@dataclass(frozen=True, eq=False)
class Encoder:
    """A model without a head, in evaluation mode.

    Parameters
    ----------
    model, tokenizer : transformers objects.
    source : folder or hub id.
    device : "cuda" or "cpu".
    max_tokens : longer samples are cut.
    cut : why there, one sentence.
    precision : of matrix products.
    """

    model: Any
    tokenizer: Any
    source: str
    device: str
    max_tokens: int
    cut: str
    precision: Precision = field(default="float32", kw_only=True)

    def within(self, max_tokens: int | None) -> Self:
        """The same model for samples cut elsewhere, as somebody asked; as it is for None.

        Never longer than the model has positions for.
        """
        if max_tokens is None:
            return self
        limit = token_limit(self.tokenizer, self.model)
        if max_tokens <= limit:
            return replace(self, max_tokens=max_tokens, cut=CUT["asked"].format(max_tokens))
        return replace(self, max_tokens=limit, cut=CUT["limit"].format(limit))

    def in_precision(self, precision: Precision) -> Self:
        """The same model for use, not to train, in a precision; this one is left as it is."""
        low = precision == "bfloat16"
        return replace(self, model=lowered(self.model) if low else self.model, precision=precision)

    def tokens(self, texts: Sequence[Strings]) -> Tokens:
        """The tokens of samples of one text or two, cut where this model's samples are."""
        return tokenise(self.tokenizer, self.model, texts, self.max_tokens)

    def autocast(self) -> AbstractContextManager[None]:
        """Inside, matrix products are in the model's precision."""
        return autocast(self.device, self.precision)

    @property
    def model_hash(self) -> str:
        """16 hex digits that change with any weight or its name."""
        import torch

        digest = hashlib.sha256()
        for name, tensor in sorted(self.model.state_dict().items()):
            digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
            digest.update(tensor.cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
        return digest.hexdigest()[:16]

    @property
    def behaviour_hash(self) -> str:
        """16 hex digits that change with what changes an output: weights, config, tokens, the cut.

        Empty for a tokenizer written in Python, whose ways cannot be told from its files.
        """
        backend = getattr(self.tokenizer, "backend_tokenizer", None)
        if backend is None:
            return ""
        backend.no_truncation()
        backend.no_padding()
        config = {k: v for k, v in self.model.config.to_dict().items() if k not in NAMES_ONLY}
        words = (
            self.model_hash,
            json.dumps(config, sort_keys=True, default=str),
            backend.to_str(),
            json.dumps([self.tokenizer.model_input_names, self.max_tokens]),
        )
        return hashlib.sha256("\0".join(words).encode()).hexdigest()[:16]


@dataclass(frozen=True, eq=False)
class Classifier(Encoder):
    """A model with one output per class.

    Parameters
    ----------
    classes : K names, the order of `logits`.
    columns : for each class, the output of the model that stands for it.
    note : what was done to the head, for a person.
    """

    classes: tuple[str, ...]
    columns: tuple[int, ...]
    note: str = ""

    def logits(self, batch: dict[str, Tensor]) -> Tensor:
        """(B, K) float32 logits in the order of `classes`."""
        with self.autocast():
            outputs: Tensor = self.model(**batch).logits
        return outputs.float()[:, list(self.columns)]


def load_classifier(
    model: str | Path,
    classes: Sequence[str] | None = None,
    *,
    multilabel: bool | None = None,
    outputs: Sequence[str] = (),
) -> Classifier:
    """Load a classifier for prediction.

    Parameters
    ----------
    model : a folder, or a hub id such as `owner/name`; what looks like a path is a folder.
    classes : the dataset's classes; outputs are matched to them by name. None takes the model's.
        LABEL_0, LABEL_1.. are names where the dataset has classes of these names, or labelviz
        trained the model on such; else they mean that nobody named the outputs.
    multilabel : whether the dataset is; None accepts either.
    outputs : the class that each output stands for, in place of what the model calls it.

    Raises
    ------
    ModelRefused : not loadable safely, not a classifier, or one for other classes or another task.
    """
    with unchanged(model):
        return _load_classifier(model, classes, multilabel, tuple(outputs))


def _load_classifier(
    model: str | Path,
    classes: Sequence[str] | None,
    multilabel: bool | None,
    outputs: tuple[str, ...],
) -> Classifier:
    config = read_config(model)
    where = str(model)
    _check_architecture(config, where)
    _check_task(config, where, multilabel)
    names = _as_named(class_names(config, where), outputs, where)
    wanted = tuple(classes) if classes is not None else names
    if not outputs and (classes is None or set(names) != set(wanted)) and not origin(model):
        _check_named(names, where)
    if set(names) != set(wanted):
        raise _other_classes(names, wanted, where)
    loaded, missing = _load("AutoModelForSequenceClassification", model)
    if missing:
        raise ModelRefused(
            f"The weights do not hold all of the classifier: {', '.join(sorted(missing))} missing.",
            where=where,
            remedy="Save the model again after training it, with its head.",
        )
    return _classifier(loaded, load_tokenizer(model), model, (names, wanted))


def load_encoder(model: str | Path) -> Encoder:
    """Load a model for frozen embeddings; a head, where there is one, is left out.

    Raises
    ------
    ModelRefused : not loadable safely, or a model that needs a decoder input.
    """
    config = read_config(model)
    if config.is_encoder_decoder:
        raise ModelRefused(
            f"{_architecture(config)} is an encoder-decoder; it gives no embedding of a text.",
            where=str(model),
            remedy="Use an encoder such as a BERT, RoBERTa or sentence-transformers model.",
        )
    with unchanged(model):
        loaded, _ = _load("AutoModel", model)
        tokenizer = load_tokenizer(model)
    return Encoder(*_ready(loaded, tokenizer, model))


def load_for_training(
    model: str | Path, classes: Sequence[str], *, multilabel: bool, seed: int
) -> Classifier:
    """Load a model to train further: its own head if that is for the same classes, else a new one.

    Parameters
    ----------
    classes : the dataset's classes.
    seed : of a new head; the global random state is left as it was.

    Returns
    -------
    A classifier in evaluation mode; its `note` says which head it has.

    Raises
    ------
    ModelRefused : not loadable safely, or no architecture with a classification head.
    """
    read_config(model)
    try:
        kept = load_classifier(model, classes, multilabel=multilabel)
    except ModelRefused as refusal:
        with unchanged(model):
            return _with_new_head(model, tuple(classes), multilabel, seed, reason=refusal.what)
    kept.model.config.problem_type = MULTILABEL if multilabel else SINGLE_LABEL
    return kept


def _with_new_head(
    model: str | Path, classes: tuple[str, ...], multilabel: bool, seed: int, *, reason: str
) -> Classifier:
    import torch
    import transformers

    auto: Any = transformers.AutoModelForSequenceClassification
    body, _ = _load("AutoModel", model, seed)
    config = name_classes(body.config, classes, multilabel=multilabel)
    with torch.random.fork_rng(), quiet():
        torch.manual_seed(seed)
        try:
            whole = auto.from_config(config, trust_remote_code=False, dtype=torch.float32)
        except ValueError as error:
            raise ModelRefused(
                f"{_architecture(config)} has no classification head in transformers.",
                where=str(model),
                remedy="Use an encoder such as a BERT or RoBERTa model.",
            ) from error
        whole.base_model.load_state_dict(body.state_dict(), strict=False)
    note = f"A new head for {len(classes)} classes was made with seed {seed}. {reason}"
    names = (classes, classes)
    return _classifier(whole, load_tokenizer(model), model, names, note=note)


def _classifier(
    model: Any,
    tokenizer: Any,
    source: str | Path,
    names: tuple[tuple[str, ...], tuple[str, ...]],
    note: str = "The model's own head was kept.",
) -> Classifier:
    """Put a loaded model in order; `names` are the classes as the model has them, and as wanted."""
    has, wanted = names
    columns = tuple(has.index(name) for name in wanted)
    ready = _ready(model, tokenizer, source)
    fuse_products(model)
    exact_head(model)
    return Classifier(*ready, wanted, columns, note)


def _ready(model: Any, tokenizer: Any, source: str | Path) -> tuple[Any, Any, str, str, int, str]:
    """The fields of an `Encoder` but the precision."""
    import torch

    if getattr(model.config, "pad_token_id", None) is None:
        model.config.pad_token_id = tokenizer.pad_token_id
    ready = model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
    return ready, tokenizer, str(source), ready.device.type, *_cut(source, tokenizer, model)


def _cut(source: str | Path, tokenizer: Any, model: Any) -> tuple[int, str]:
    """Where samples are cut unless somebody says otherwise, and why there.

    Where they were cut in training; else at the model's own limit, at most 512.
    """
    known = lengths(partial(_file_of, source))
    if known.tokenizer is not None:
        tokenizer.model_max_length = known.tokenizer
    limit = token_limit(tokenizer, model)
    if known.used is not None and known.used <= limit:
        return known.used, CUT["trained" if known.trained else "author"].format(known.used)
    if limit <= MOST_TOKENS:
        return limit, CUT["limit"].format(limit)
    return MOST_TOKENS, CUT["most"].format(MOST_TOKENS)


def _file_of(model: str | Path, name: str) -> Path | None:
    """Where a file of a model lies; None where it has no such file."""
    from transformers.utils import hub

    if place := place_of(model):
        path = place / name
        return path if os.path.isfile(path) else None
    try:
        found = hub.cached_file(str(model), name) if ".." not in name else None
    except OSError:  # the model has none, or the hub cannot be reached any more
        return None
    return Path(found) if found is not None else None


def name_classes(config: Any, classes: Sequence[str], *, multilabel: bool) -> Any:
    """Write the class names and the kind of task into a transformers config, and return it."""
    config.id2label = dict(enumerate(classes))
    config.label2id = {name: k for k, name in enumerate(classes)}
    config.problem_type = MULTILABEL if multilabel else SINGLE_LABEL
    return config


def class_names(config: Any, where: str) -> tuple[str, ...]:
    """The model's class names in the order of its outputs.

    Raises
    ------
    ModelRefused : numbers with gaps, or repeated names.
    """
    names = {int(k): str(name) for k, name in config.id2label.items()}
    if sorted(names) != list(range(len(names))):
        what = f"id2label has gaps: it numbers the outputs {in_words(sorted(names))}."
        raise ModelRefused(what, where=where, remedy=NAME_THEM)
    ordered = tuple(names[k] for k in range(len(names)))
    if len(set(ordered)) != len(ordered):
        what = f"id2label repeats names: {', '.join(ordered)}."
        raise ModelRefused(what, where=where, remedy=NAME_THEM)
    return ordered


def _as_named(names: tuple[str, ...], outputs: tuple[str, ...], where: str) -> tuple[str, ...]:
    """The names that somebody gave the outputs of a model, or its own where nobody did."""
    if outputs and (len(outputs) != len(names) or len(set(outputs)) != len(outputs)):
        raise ModelRefused(
            f"The model has {len(names)} outputs; {len(outputs)} names were given: "
            f"{in_words(outputs)}.",
            where=where,
            remedy="Name every output once, in their order.",
        )
    return outputs or names


def _check_named(names: tuple[str, ...], where: str) -> None:
    """Refuse the LABEL_0.. of a model whose classes nobody named."""
    if all(name == f"{GENERIC}{k}" for k, name in enumerate(names)):
        what = f"The model does not name its classes: {', '.join(names)}."
        raise ModelRefused(what, where=where, remedy=NAME_THEM)


def _other_classes(names: tuple[str, ...], wanted: tuple[str, ...], where: str) -> ModelRefused:
    return ModelRefused(
        f"The model's classes are not the dataset's. Model: {in_words(sorted(names))}; "
        f"dataset: {in_words(sorted(wanted))}.",
        where=where,
        remedy="Rename the classes in id2label in config.json, or train this model on the dataset.",
    )


def _architecture(config: Any) -> str:
    return ", ".join(config.architectures or ["a model that names no architecture"])


def _check_architecture(config: Any, where: str) -> None:
    if not any(a.endswith("ForSequenceClassification") for a in config.architectures or ()):
        raise ModelRefused(
            f"This is not a text classifier: its architecture is {_architecture(config)}.",
            where=where,
            remedy="Name a fine-tuned classifier; or cross-validate with this model as encoder, or "
            "train it first.",
        )


def _check_task(config: Any, where: str, multilabel: bool | None) -> None:
    kind = config.problem_type
    if kind == "regression" or (config.num_labels == 1 and kind != MULTILABEL):
        raise ModelRefused(
            "The model predicts one number (regression), not classes.",
            where=where,
            remedy="Use a model with one output per class.",
        )
    if multilabel is None or kind is None or multilabel == (kind == MULTILABEL):
        return
    raise ModelRefused(
        "The model is multi-label, the dataset has one class per sample."
        if kind == MULTILABEL
        else "The model has one class per sample, the dataset is multi-label.",
        where=where,
        remedy="Use a model for this kind of task, or load the dataset as the other kind.",
    )


def read_config(model: str | Path) -> Any:
    """Return the transformers config of a folder or hub id.

    Raises
    ------
    ModelRefused : the folder is refused, the hub cannot be reached or has no such model.
    """
    if place := place_of(model):
        _check_labels(check_folder(place), str(model))
    return _from_pretrained("AutoConfig", model)


def _check_labels(config: dict[str, Any], where: str) -> None:
    """Refuse what transformers would repair by making up LABEL_0.. names."""
    names, number = config.get("id2label"), config.get("num_labels")
    if names is None:
        return
    if not isinstance(names, dict) or not all(str(key).isdecimal() for key in names):
        raise ModelRefused("id2label does not map numbers to names.", where=where)
    if number is not None and number != len(names):
        raise ModelRefused(
            f"num_labels is {number}, but id2label names {len(names)} classes.",
            where=where,
            remedy="Make id2label in config.json name every output once.",
        )


def load_tokenizer(model: str | Path) -> Any:
    """Return the tokenizer of a folder or hub id.

    Raises
    ------
    ModelRefused : it cannot be read.
    """
    tokenizer = _from_pretrained("AutoTokenizer", model)
    # Pads and cuts on the side that position embeddings and our collation count from.
    tokenizer.padding_side = tokenizer.truncation_side = "right"
    return tokenizer


def _load(kind: str, model: str | Path, seed: int = 0) -> tuple[Any, set[str]]:
    """The model in float32, and the names of weights that were not in the files.

    The seed is for those, such as the pooler of a body; the global random state is left as it was.
    """
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        loaded, info = _from_pretrained(
            kind, model, use_safetensors=True, dtype=torch.float32, output_loading_info=True
        )
    if not all(bool(p.isfinite().all()) for p in loaded.parameters()):
        raise ModelRefused(
            "The weights hold NaN or infinity.",
            where=str(model),
            remedy="Use an earlier save of this model.",
        )
    return loaded, set(info["missing_keys"])


def _from_pretrained(kind: str, model: str | Path, **options: Any) -> Any:
    import transformers

    place = place_of(model)
    source = str(place or model)
    if place:
        check_folder(place)
    try:
        with quiet():
            return getattr(transformers, kind).from_pretrained(
                source, trust_remote_code=False, local_files_only=place is not None, **options
            )
    except Exception as error:  # transformers, tokenizers and safetensors raise many kinds
        if place or not isinstance(error, OSError):
            raise ModelRefused(
                f"The model cannot be loaded: {_first_line(error)}",
                where=source,
                remedy="Save it again with a current version of transformers.",
            ) from error
        raise ModelRefused(
            f"{source!r} is no folder here, and the hub cannot be reached or has no such model: "
            f"{_first_line(error)}",
            where=source,
            remedy="Check the name and the connection, or name the folder of a downloaded model.",
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


@contextmanager
def unchanged(model: str | Path) -> Iterator[None]:
    """Check that the files of a model's folder are at the end what they were at the start.

    Raises
    ------
    ModelRefused : one was replaced meanwhile.
    """
    before = _manifest(model)
    yield
    after = _manifest(model)
    changed = sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )
    if changed:
        raise ModelRefused(
            f"The folder was changed while it was loaded: {', '.join(changed)}.",
            where=str(model),
            remedy="Try again when nobody writes to it.",
        )


def _manifest(model: str | Path) -> dict[str, tuple[int, int, int]]:
    place = place_of(model)
    return manifest(place) if place and os.path.isdir(place) else {}


@contextmanager
def quiet() -> Iterator[None]:
    """No load reports and progress bars of transformers inside; its settings are put back."""
    import huggingface_hub.utils
    import transformers

    hub: Any = huggingface_hub.utils.logging
    own: Any = transformers.utils.logging
    verbosity, hub_verbosity = own.get_verbosity(), hub.get_verbosity()
    bars = own.is_progress_bar_enabled()
    own.set_verbosity_error()
    hub.set_verbosity_error()
    own.disable_progress_bar()
    try:
        yield
    finally:
        own.set_verbosity(verbosity)
        hub.set_verbosity(hub_verbosity)
        if bars:
            own.enable_progress_bar()
