"""What a provider said of messages that nobody here sent."""
