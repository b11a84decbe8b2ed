"""What accounts send from."""
