"""What mappings make of an event or of a person: why there is no text."""
