"""What is known, for plans to read, and what is configured, for everyone."""
