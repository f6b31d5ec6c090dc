"""Files of other tools: how each is known by its keys, and what its rows and columns mean."""
