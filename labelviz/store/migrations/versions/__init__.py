"""The steps, oldest first. A step is history: it never changes and imports nothing that does."""
