"""Caps on what is read, so that no file takes the machine down."""

from __future__ import annotations

LONGEST_FIELD = 10_000_000  # characters in one cell; the csv module's own limit is 131,072
# Line breaks inside one quoted cell; more is a quote that somebody forgot to close.
MOST_LINES_QUOTED = 1_000
MOST_EXPANDED = 500_000_000  # bytes that a compressed file may become
MOST_RATIO = 100  # how many times its size a compressed file may become, once that is over 10 MB
RATIO_COUNTS_FROM = 10_000_000
MOST_MEMBERS = 1_000  # members of a workbook's archive
MOST_ROWS = 50_000_000
MOST_COLUMNS = 10_000
# Cells of JSON objects that lack a key which others have: at most so many, where they are more
# than this share of all; such a file is no table.
MOST_ABSENT, MOSTLY_ABSENT = 20_000_000, 0.9
MOST_CELLS = 500_000_000
# Bytes of memory that loading takes per byte of the file, measured by `make bench-load`.
MEMORY_PER_BYTE = 5
NAME_LENGTH = 200  # characters of a column name; longer ones get a generated name
EXAMPLES = 3
NOTES = 30  # columns of which a note is made each; the others are counted together
MOST_DECODED = 8_000_000_000  # bytes that the columns of a Parquet or Arrow file may take in memory
