"""How many there were, rolled up: over time, and by what they have in common."""
