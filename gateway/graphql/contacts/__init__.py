"""Numbers, whose they are, and what they agreed to."""
