"""A sample's way from its label to its target, as bars and in words."""

from __future__ import annotations

from labelviz.core.dataset import Dataset
from labelviz.layers.look import Link, chain_words
from labelviz.ui.components import bars, literal

WORDS = {"given": "Given label", "reviewer": "Reviewer", "pooled": "All answers together"}


def show(chain: tuple[Link, ...], dataset: Dataset, titles: dict[str, str]) -> None:
    """Show a chain: one line, then a card of bars for each link.

    Parameters
    ----------
    titles : of the layers by name.
    """
    line = chain_words(chain, dataset.classes, multilabel=dataset.multilabel).replace(" -> ", " → ")
    literal.block(
        '<div role="status" style="font-weight:600;margin-bottom:.5rem">'
        f"{literal.escaped(line)}</div>"
    )
    cards = "".join(_card(link, dataset, titles, last=link is chain[-1]) for link in chain)
    literal.block(
        '<div style="display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));'
        f'gap:.75rem">{cards}</div>'
    )


def _card(link: Link, dataset: Dataset, titles: dict[str, str], *, last: bool) -> str:
    name = WORDS.get(link.name, titles.get(link.name, link.name))
    edge = "2px solid #2f6f8f" if last else "1px solid rgba(128,128,128,.35)"
    why = f'<div style="opacity:.72;font-size:.87rem">{literal.escaped(link.why)}</div>'
    weight = f'<div style="opacity:.72;font-size:.87rem">weight {link.weight:.2f}</div>'
    return (
        f'<div style="border:{edge};border-radius:.5rem;padding:.5rem .6rem">'
        f'<div style="font-weight:600">{literal.escaped(name)}</div>{why}'
        f"{bars.markup(dataset.classes, link.row)}{weight}</div>"
    )
