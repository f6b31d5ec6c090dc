"""labelviz in a browser: `streamlit run app.py` serves the page, behind its door."""

from __future__ import annotations

import streamlit as st

from labelviz.web import MIDDLEWARE, PAGE

app = st.App(PAGE, middleware=MIDDLEWARE)
