"""Layers of a target: one file per kind, and the policy that puts them in order."""
