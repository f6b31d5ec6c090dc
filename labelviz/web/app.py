"""labelviz in a browser: `streamlit run` on this file serves the page, behind its door."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from labelviz.ui.door import Door

PAGE = Path(__file__).resolve().parents[1] / "page.py"

app = st.App(str(PAGE), middleware=[Middleware(Door)])
