"""The few rules of style that Streamlit has no setting for."""

from __future__ import annotations

STYLE = """
<style>
.lv-text { white-space: pre-wrap; overflow-wrap: anywhere; overflow-y: auto;
  max-height: max(44vh, 100vh - 17rem);
  font-size: 1.06rem; line-height: 1.55; padding: .7rem .9rem; border: 1px solid #8884;
  border-radius: .5rem; unicode-bidi: isolate; }
.lv-text mark { color: inherit; background: #e69f0033; border-radius: .2rem; padding: 0 .1em; }
.lv-text mark.lv-lit-number, .lv-text mark.lv-lit-code { background: #e69f0066; font-weight: 700;
  box-shadow: inset 0 -2px #d55e00; }
.lv-text b { font-weight: 600; }
[data-testid="stHtml"] { overflow-wrap: anywhere; min-width: 0; max-width: 100%; }
.lv-pair { display: grid; grid-template-columns: 1fr 1fr; gap: .6rem; }
.lv-record table { border-collapse: collapse; width: 100%; table-layout: fixed; }
.lv-record th { width: 17%; text-align: left; font-weight: 400; opacity: .7; font-size: .87rem;
  vertical-align: top; padding: .25rem .6rem .25rem 0; }
.lv-record td { vertical-align: top; padding: .25rem .6rem .25rem 0; unicode-bidi: isolate; }
.lv-record tr + tr > * { border-top: 1px solid #8883; }
.lv-sample { display: grid; grid-template-columns: minmax(0, 13fr) minmax(0, 8fr); gap: 1rem; }
.st-key-who { position: fixed; top: .5rem; right: 4rem; z-index: 999991; width: auto;
  max-width: 50vw; flex-wrap: nowrap; }
.lv-chip { display: flex; gap: .9rem; font-size: .87rem; white-space: nowrap; }
.lv-chip span { overflow: hidden; text-overflow: ellipsis; max-width: 17vw; }
.lv-chip span + span { border-left: 1px solid #8886; padding-left: .9rem; }
.st-key-who button { padding: .05rem .55rem; min-height: 0; }
[data-testid="stSkillsNudge"] { display: none; }
.st-key-queue { gap: .4rem; }
.st-key-queue button { padding: .1rem .6rem; }
.lv-near { margin: .15rem 0; font-size: .87rem; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
.lv-status { display: flex; gap: .3rem 1.2rem; flex-wrap: wrap; align-items: baseline;
  font-variant-numeric: tabular-nums; }
ul.lv-reason { margin: .3rem 0 .4rem; padding-left: 1.1rem; font-size: .9rem; line-height: 1.45; }
ul.lv-reason li { margin: 0 0 .1rem; padding: 0; font-size: inherit; }
p.lv-reason-head { margin: .4rem 0 -.2rem; font-size: .9rem; font-weight: 600; }
.lv-preview td { padding: .15rem .5rem .15rem 0; vertical-align: top; overflow-wrap: anywhere;
  font-size: .87rem; }
.lv-legend { display: flex; flex-wrap: wrap; gap: .1rem 1rem; font-size: .82rem; opacity: .75; }
.lv-legend kbd { font: inherit; font-weight: 600; }
.stMainBlockContainer { padding: 3.4rem 3rem 1rem; }
h1 { font-size: 1.7rem; }
[data-variant="segmented_control"] p { color: light-dark(#2f6f8f, #7fbbdb); }
.lv-empty { opacity: .55; font-style: italic; }
.lv-row { display: grid; grid-template-columns: minmax(4rem, 30%) 1fr 3rem; gap: .5rem;
  align-items: center; margin: .1rem 0; line-height: 1.45; }
.lv-name { overflow: hidden; overflow-wrap: anywhere; display: -webkit-box; -webkit-line-clamp: 2;
  -webkit-box-orient: vertical; line-height: 1.15; }
.lv-track { background: #8882; border-radius: .2rem; height: .85rem; }
.lv-fill { height: 100%; border-radius: .2rem; min-width: 1px; }
.lv-number { text-align: right; font-variant-numeric: tabular-nums; }
.lv-quiet { opacity: .7; font-size: .9rem; }
p.lv-quiet { margin: .2rem 0 .5rem; line-height: 1.45; }
.lv-facts { display: grid; grid-template-columns: auto 1fr; gap: .15rem .8rem; margin: .2rem 0; }
</style>
"""
