"""New probabilities: by cross-validation, from a model, or from a file."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from labelviz.core.settings import FINE_TUNING, FOLDS, FOLDS_TO_FINE_TUNE, SCORE_KINDS, SEED
from labelviz.ui.components import chart, model_use, notice, progress, uploads
from labelviz.workspace import Workspace

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
SCORES = {
    "probabilities": "Probabilities from 0 to 1",
    "percent": "Percent from 0 to 100",
    "softmax": "Raw scores (logits): softmax them",
    "log": "Logarithms of probabilities",
}


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
    command: list[str] | None
    if way == MODEL:
        command = _from_model()
    elif way == FILE:
        command = _from_file(workspace)
    else:
        command = _from_folds()
    progress.start_button(
        "Get probabilities",
        workspace.path,
        ["predict", str(workspace.path), *(command or [])],
        type="secondary" if workspace.probability_names else "primary",
        disabled=busy or command is None,
    )


def _from_folds() -> list[str] | None:
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
    encoder = ""
    if kind != TERMS:
        encoder = st.text_input("Encoder: a folder or a hub id").strip()
    usual = FOLDS_TO_FINE_TUNE if kind == FINE_TUNED else FOLDS
    left, right = st.columns(2)
    folds = left.number_input(
        "Folds", min_value=2, max_value=20, value=usual, key=f"folds of {kind}"
    )
    seed = right.number_input("Seed", min_value=0, value=SEED)
    command = ["--cross-validate", f"--folds={folds}"]
    command += [f"--seed={seed}"] if seed != SEED else []
    command += [f"--model={encoder}"] if encoder else []
    if kind == FINE_TUNED:
        command += _training()
    elif kind == EMBEDDINGS:
        command += model_use.options()
    return command if kind == TERMS or encoder else None


def _training() -> list[str]:
    left, middle, right = st.columns(3)
    epochs = left.number_input(
        "Epochs", min_value=0.5, value=FINE_TUNING.epochs, step=0.5, format="%.1f"
    )
    rate = middle.number_input(
        "Learning rate", min_value=1e-6, value=FINE_TUNING.learning_rate, step=1e-5, format="%.6f"
    )
    tokens = right.number_input(
        "Longest sample, in tokens", min_value=8, value=FINE_TUNING.max_tokens, step=32
    )
    precise = model_use.precision()
    whole = st.checkbox("Train all layers, not the upper two thirds alone; slower")
    keep = st.checkbox("Keep the models of the folds")
    options = [f"--epochs={epochs:g}", f"--learning-rate={rate:g}", f"--max-tokens={tokens}"]
    options += ["--frozen=0"] if whole else []
    return ["--fine-tune", *options, *precise, *(["--keep-models"] if keep else [])]


def _from_model() -> list[str] | None:
    notice.quiet(
        "A classifier with these classes, as a folder in Hugging Face format or a hub id. If it "
        "was trained on these samples, its probabilities repeat the errors in them."
    )
    model = st.text_input("Model: a folder or a hub id").strip()
    options = model_use.options()
    return [f"--model={model}", *options] if model else None


def _from_file(workspace: Workspace) -> list[str] | None:
    notice.quiet(
        "A table with a column named id and one column per class, matched by id and by class name; "
        "or a NumPy array whose columns and rows are named below."
    )
    folder = workspace.path / "uploads"
    upload = st.file_uploader("File of probabilities", type=["csv", "tsv", "txt", "parquet", "npy"])
    typed = st.text_input("Or its path on the server").strip()
    path = uploads.keep(upload, folder) if upload is not None else Path(typed) if typed else None
    if path is None:
        return None
    command = [f"--from={path}"]
    scores = st.selectbox("Its numbers are", SCORE_KINDS, format_func=lambda kind: SCORES[kind])
    command += [f"--scores={scores}"] if scores != "probabilities" else []
    for option, words in (
        ("--rescale", "Scale rows whose sum misses 1 by up to 0.05"),
        ("--leave-out-extra", "Pass over rows that belong to no sample"),
        ("--fill-classes", "A class without a column gets 0"),
    ):
        command += [option] if st.checkbox(words) else []
    return _of_array(workspace, folder, command) if path.suffix.lower() == ".npy" else command


def _of_array(workspace: Workspace, folder: Path, command: list[str]) -> list[str] | None:
    """What an array does not say itself: its classes, and whose its rows are."""
    names = ", ".join(workspace.dataset.classes)
    classes = st.text_input("Classes of its columns, in order", placeholder=names)
    listed = [name.strip() for name in classes.split(",") if name.strip()]
    ids = st.file_uploader("CSV with a column id that names its rows", type=["csv"])
    in_order = st.checkbox("Its rows are the samples in the order of the file")
    if not listed or not (ids or in_order):
        return None
    command = [*command, f"--classes={','.join(listed)}"]
    command += [f"--ids={uploads.keep(ids, folder)}"] if ids is not None else []
    return [*command, "--rows-in-order"] if in_order else command
