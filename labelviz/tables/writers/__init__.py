"""Exports as files: a module for each format that targets are handed out in; their registry."""
