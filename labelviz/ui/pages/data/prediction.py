"""New probabilities: by cross-validation, from a model, or from a file."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from labelviz.core.asked import entries, entry, filled
from labelviz.core.settings import FINE_TUNING, FoldTraining, ModelUse
from labelviz.errors import RequestRefused
from labelviz.project.workspace import Workspace
from labelviz.requests import CrossValidate, FineTuneFolds, Predict, PredictFromFile, Request
from labelviz.tables.options import Reading
from labelviz.ui.components import (
    asked,
    chart,
    message,
    model_use,
    notice,
    on_server,
    progress,
    uploads,
)

BY_FOLDS, MODEL, FILE = "By cross-validation", "From a model", "From a file"
TERMS, EMBEDDINGS, FINE_TUNED = "terms", "embeddings", "fine-tuned"
KINDS = {
    TERMS: "Word and character counts (TF-IDF)",
    EMBEDDINGS: "Embeddings of an encoder",
    FINE_TUNED: "A fine-tuned encoder",
}
HELP = {
    TERMS: "Seconds to minutes; needs nothing but this file.",
    EMBEDDINGS: "Slower and usually better: a frozen transformer reads every text once.",
    FINE_TUNED: "Slowest: trains a transformer per fold. A few hundred samples are too few for it.",
}
KINDS_OF_FILE = ["csv", "tsv", "txt", "parquet", "npy"]
SCORES = {
    "probabilities": "Probabilities from 0 to 1",
    "percent": "Percent from 0 to 100",
    "softmax": "Raw scores (logits): softmax them",
    "log": "Logarithms of probabilities",
}
# Fields of `Reading` in words.
MENDED = {
    "rescale": "Scale rows whose sum misses 1 by up to 0.05",
    "leave_out_extra": "Pass over rows that belong to no sample",
    "fill_classes": "A class without a column gets 0",
}
NEVER_SAW = "I state that the model never saw these labels"


def show(workspace: Workspace, *, busy: bool) -> None:
    """Choose where new probabilities come from, and start to get them."""
    chart.heading("New probabilities")
    way = st.segmented_control(
        "Where from",
        [BY_FOLDS, MODEL, FILE],
        default=BY_FOLDS,
        required=True,
        label_visibility="collapsed",
        key="way",
    )
    try:
        request = ASKS[way](workspace)
    except RequestRefused as error:
        message.show(error)
        request = None
    progress.start_button(
        "Get probabilities",
        workspace.path,
        request,
        type="secondary" if workspace.opinions.names else "primary",
        disabled=busy,
    )


def _from_folds(workspace: Workspace) -> Request | None:
    notice.quiet(
        "Every sample is scored by a model that was trained without it. Samples that share "
        "a text, a record or a group stay together."
    )
    kind = st.radio(
        "Model",
        list(KINDS),
        format_func=lambda kind: KINDS[kind],
        captions=list(HELP.values()),
        label_visibility="collapsed",
        key="kind of model",
    )
    encoder: str | None = ""
    if kind != TERMS:
        encoder = on_server.model("Encoder: a folder or a hub id", workspace.path)
    left, right = st.columns(2)
    usual = entry(FineTuneFolds, "k") if kind == FINE_TUNED else entry(CrossValidate, "folds")
    folds = asked.number("Folds", usual, left, key=f"folds of {kind}")
    seed = asked.number("Seed", entry(CrossValidate, "seed"), right)
    if kind == FINE_TUNED:
        how, after = replace(_training(seed), k=folds), _after_review(workspace)
        return FineTuneFolds(model=encoder, how=how, after_review=after) if encoder else None
    use = model_use.choose() if kind == EMBEDDINGS else ModelUse()
    after = _after_review(workspace)
    if kind == EMBEDDINGS and not encoder:
        return None
    return CrossValidate(encoder=encoder or "", folds=folds, seed=seed, use=use, after_review=after)


def _after_review(workspace: Workspace) -> bool:
    """Whether to train on the labels after review, asked where anybody reviewed."""
    if not workspace.review.samples:
        return False
    return asked.yes("Train on the labels after review", entry(CrossValidate, "after_review"))


def _training(seed: int) -> FoldTraining:
    field = {each.name: each for each in entries(FoldTraining)}
    left, middle, right = st.columns(3)
    epochs = asked.number("Epochs", field["epochs"], left, step=0.5, format="%g")
    rate = asked.number("Learning rate", field["learning_rate"], middle, step=1e-5, format="%.6f")
    tokens = asked.number("Longest sample, in tokens", field["max_tokens"], right, step=32)
    precision = model_use.precision()
    whole = st.checkbox("Train all layers, not the upper two thirds alone; slower")
    on = model_use.place()
    keep = asked.yes("Keep the models of the folds", field["keep_models"])
    settings = replace(
        FINE_TUNING, epochs=epochs, learning_rate=rate, max_tokens=tokens, precision=precision,
        seed=seed, frozen=0.0 if whole else FINE_TUNING.frozen,
    )  # fmt: skip
    return FoldTraining(settings=settings, keep_models=keep, on=on)


def _from_model(workspace: Workspace) -> Request | None:
    notice.quiet(
        "A classifier with these classes, as a folder in Hugging Face format or a hub id. If it "
        "was trained on these samples, its probabilities repeat the errors in them."
    )
    model = on_server.model("Model: a folder or a hub id", workspace.path)
    use = model_use.choose()
    stated = asked.yes(NEVER_SAW, entry(Predict, "out_of_fold"))
    named = st.text_input(
        "Classes of the outputs, in order", placeholder="As the model names them",
        help=entry(Predict, "outputs").about.help,
    )  # fmt: skip
    outputs = tuple(name.strip() for name in named.split(",") if name.strip())
    if not model:
        return None
    return Predict(model=model, use=use, out_of_fold=stated, outputs=outputs)


def _from_file(workspace: Workspace) -> Request | None:
    notice.quiet(
        "A table with a column named id and one column per class, matched by id and by class name; "
        "or a NumPy array whose columns and rows are named below."
    )
    upload = uploads.field(
        "File of probabilities", f"probabilities of {workspace.path}", type=KINDS_OF_FILE
    )
    typed = on_server.file("Or its path on the server", [f".{kind}" for kind in KINDS_OF_FILE])
    path = upload or typed
    if path is None:
        return None
    field = {each.name: each for each in entries(Reading)}
    scores = asked.choice("Its numbers are", field["scores"], SCORES)
    mended = {name: asked.yes(words, field[name]) for name, words in MENDED.items()}
    reading = filled(Reading, {"scores": scores, **mended})
    is_array = path.suffix.lower() == ".npy"
    whole = _of_array(workspace, reading) if is_array else reading
    stated = asked.yes(NEVER_SAW, entry(PredictFromFile, "out_of_fold"))
    if whole is None:
        return None
    return PredictFromFile(file=path, reading=whole, out_of_fold=stated)


def _of_array(workspace: Workspace, reading: Reading) -> Reading | None:
    """What an array does not say itself: its classes, and whose its rows are."""
    names = ", ".join(workspace.dataset.classes)
    classes = st.text_input("Classes of its columns, in order", placeholder=names)
    listed = tuple(name.strip() for name in classes.split(",") if name.strip())
    ids = uploads.field(
        "CSV with a column id that names its rows", f"ids of {workspace.path}", type=["csv"]
    )
    in_order = st.checkbox("Its rows are the samples in the order of the file")
    if not listed or not (ids or in_order):
        return None
    return replace(reading, classes=listed, ids=ids, rows_in_order=in_order)


# What each way asks of a person, and makes a request of.
ASKS = {BY_FOLDS: _from_folds, MODEL: _from_model, FILE: _from_file}
