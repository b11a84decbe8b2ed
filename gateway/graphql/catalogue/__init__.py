"""What destination types are installed."""
