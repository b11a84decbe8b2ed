"""Who asks, and anything by its id."""
