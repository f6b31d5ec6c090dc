"""The few rules of style that Streamlit has no setting for."""

from __future__ import annotations

STYLE = """
<style>
.lv-text { white-space: pre-wrap; overflow-wrap: anywhere; overflow-y: auto; max-height: 46vh;
  font-size: 1.06rem; line-height: 1.55; padding: .7rem .9rem; border: 1px solid #8884;
  border-radius: .5rem; }
.lv-text b { font-weight: 600; background: #e69f0038; border-radius: .2rem; padding: 0 .1em; }
.lv-status { display: flex; gap: .4rem 1.4rem; flex-wrap: wrap;
  font-variant-numeric: tabular-nums; }
.st-key-arrows, .st-key-tenths { display: none; }
.stMainBlockContainer { padding: 4.2rem 3rem 1rem; }
h1 { font-size: 1.7rem; }
.lv-empty { opacity: .55; font-style: italic; }
.lv-row { display: grid; grid-template-columns: minmax(4rem, 30%) 1fr 3rem; gap: .5rem;
  align-items: center; margin: .18rem 0; }
.lv-name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.lv-track { background: #8882; border-radius: .2rem; height: .85rem; }
.lv-fill { height: 100%; border-radius: .2rem; min-width: 1px; }
.lv-number { text-align: right; font-variant-numeric: tabular-nums; }
.lv-quiet { opacity: .7; font-size: .9rem; }
.lv-facts { display: grid; grid-template-columns: auto 1fr; gap: .15rem .8rem; margin: .2rem 0; }
</style>
"""
