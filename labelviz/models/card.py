"""The folder of a trained model: weights, class names, where they come from, and a model card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from labelviz.core.dataset import Dataset
from labelviz.core.files import replaced_folder
from labelviz.core.metrics import Metric, evaluate
from labelviz.core.visible import in_markdown
from labelviz.models.checkpoints import tensors_written
from labelviz.models.folders import CARD
from labelviz.models.loading import Classifier, quiet
from labelviz.models.predict import to_probabilities
from labelviz.models.runs import MODEL, Run


def write_model(run: Run, dataset: Dataset, classifier: Classifier) -> None:
    """Write `model/` of a run in one piece: it is whole or not there.

    Raises
    ------
    WorkspaceRefused : the disk does not take it.
    """
    # A template is code that others would run with the model; a classifier needs none.
    classifier.tokenizer.chat_template = None
    before = int(classifier.tokenizer.model_max_length)
    classifier.tokenizer.model_max_length = classifier.max_tokens  # for whoever uses it elsewhere
    origin = {
        "dataset": run.dataset,
        "classes": list(run.classes),
        "policy": run.policy,
        "targets": run.record["targets"],
        "max_tokens": classifier.max_tokens,
        "tokenizer_max_tokens": before,
        "step": run.record["best_step"],
        "run": run.name,
        "labelviz": version("labelviz"),
    }
    temporary = run.path / f".{MODEL}.writing"
    with replaced_folder(run.path / MODEL, temporary) as writing, quiet(), tensors_written():
        classifier.model.save_pretrained(writing)
        classifier.tokenizer.save_pretrained(writing)
        about = json.dumps(origin, ensure_ascii=False, indent=2)
        (writing / CARD).write_text(about, encoding="utf-8")
        (writing / "README.md").write_text(model_card(run, dataset), encoding="utf-8")


def _warned(record: Mapping[str, Any]) -> str:
    return f"| but | {record['warning']} |\n" if "warning" in record else ""


def model_card(run: Run, dataset: Dataset) -> str:
    """Markdown that says what the model was trained on, how, how good it is, and what it is for."""
    record, sizes = run.record, run.record["splits"]
    model, policy, head = (
        in_markdown(str(each), cell=True) for each in (record["model"], run.policy, record["head"])
    )
    kind = "any number of these classes" if run.multilabel else "one of these classes"
    what = "a pair of texts" if dataset.is_pair else "a text"
    return f"""# {in_markdown(run.name)}

A text classifier that labelviz trained. It gives {what} {kind}:
{", ".join(map(in_markdown, run.classes))}.

## Training

| | |
|---|---|
| started from | {model} (weights {record["model_hash"]}) |
| head | {head} |
| dataset | fingerprint `{run.dataset}`, {len(dataset):,} samples |
| split | {sizes["train"]:,} train, {sizes["validation"]:,} validation, {sizes["test"]:,} test |
| targets | policy {policy}, {record["reviewed"]:,} samples settled by reviewers |
| best step | {record["best_step"]} of {run.steps[-1]}, by validation loss against hard labels |
{_warned(record)}| longest sample | {record["max_tokens"]:,} tokens; longer ones were cut |
| precision | {record["precision_why"]} |
| settings | {", ".join(f"{name} {value}" for name, value in record["settings"].items())} |

## Validation

Against the dataset's given labels, which may be wrong themselves.

{_metrics(run, dataset)}

## Use and limits

For texts like those it was trained on. Its probabilities for the training samples are in-sample:
they hide wrong labels and must not be used to look for them. A label that was wrong in training
and not reviewed was learnt as it was. Check it on reviewed samples before decisions depend on it.
"""


def _metrics(run: Run, dataset: Dataset) -> str:
    from labelviz.core.groups import splits

    rows = (splits(dataset) == "validation") & dataset.labelled
    if not rows.any():
        return "No validation sample has a complete given label."
    logits = run.logits(run.record["best_step"])[rows]
    p = to_probabilities(logits, multilabel=run.multilabel)
    lines = [_line(each) for each in evaluate(p, dataset.given[rows], task=dataset.task)]
    return "\n".join(["| metric | value | better | meaning |", "|---|---|---|---|", *lines])


def _line(metric: Metric) -> str:
    better = "higher" if metric.higher_is_better else "lower"
    return f"| {metric.name} | {metric.value:.4f} | {better} | {metric.help} |"
