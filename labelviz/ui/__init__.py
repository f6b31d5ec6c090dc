"""The web page: words, widgets, and their order on the screen."""
