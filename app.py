"""labelviz in a browser: `streamlit run app.py` serves the page, behind its door."""

from __future__ import annotations

import streamlit as st
from starlette.middleware import Middleware

from labelviz.ui.door import Door

app = st.App("labelviz/page.py", middleware=[Middleware(Door)])
