"""What became of an event, for each mapping it was for."""
