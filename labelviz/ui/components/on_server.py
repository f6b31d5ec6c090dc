"""Fields for what lies on the server: a file, or a model."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import streamlit as st

from labelviz.errors import LabelvizError
from labelviz.ui import served
from labelviz.ui.components import message, notice, uploads

CLOSED = (
    "Larger files: `labelviz load` takes any. Here a path can be typed once labelviz is started "
    "with the folders it may lead to, in LABELVIZ_FOLDERS."
)


def file(label: str, kinds: Collection[str], **looks: Any) -> Path | None:
    """A copy of a file, or a datasets folder, that is open to this visitor; None where none is.

    What is read later, here or in a job, is what was open when it was copied.

    Parameters
    ----------
    kinds : the ends of names that may be read, such as `.csv`.
    looks : placeholder and key of the field.
    """
    if not served.folders():
        notice.quiet(CLOSED)
        return None
    typed = st.text_input(label, max_chars=served.LONGEST, **looks).strip()
    if not typed:
        return None
    try:
        return uploads.copied(served.file(typed, kinds), str(looks.get("key", label)))
    except LabelvizError as error:
        message.show(error)
        return None


def model(label: str, own: Path, **looks: Any) -> str | None:
    """A model of the hub, or a folder open to this visitor; empty where none is named.

    Parameters
    ----------
    own : the folder of the workspace.
    looks : placeholder, help and key of the field.

    Returns
    -------
    None where the one that is named is not open to this visitor, and that was said.
    """
    typed = st.text_input(label, max_chars=served.LONGEST, **looks).strip()
    if not typed:
        return ""
    try:
        return served.model(typed, own)
    except LabelvizError as error:
        message.show(error)
        return None
