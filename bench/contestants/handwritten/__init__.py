"""The limit: endpoints written by hand, each for one question."""
