"""What `app.py` is in a checkout, for whoever installed labelviz: `labelviz serve` runs it."""

from __future__ import annotations

import streamlit as st

from labelviz.web import MIDDLEWARE, PAGE

app = st.App(PAGE, middleware=MIDDLEWARE)
