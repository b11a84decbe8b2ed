"""Which events lead to which message."""
