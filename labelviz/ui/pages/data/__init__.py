"""Data: what is in this file, is it read correctly, what was left out and why?

page.py           the order of it all
source.py         which file, and how it is read
mapping.py        which column means what, and how its cells are spelled
loading.py        what stands in the way, the name of the workspace, and Load
report.py         what became of every row
probabilities.py  those there are, what they are worth, and whether they are calibrated
prediction.py     new ones: from folds, a model or a file
"""

from labelviz.ui.pages.data.page import render

__all__ = ["render"]
