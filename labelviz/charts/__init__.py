"""Core values in, figures out; the one home of plotly."""
