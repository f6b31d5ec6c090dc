"""Decisions on disk."""

from labelviz.store.decisions import DecisionStore

__all__ = ["DecisionStore"]
