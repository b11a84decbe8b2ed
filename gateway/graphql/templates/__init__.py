"""The templates that accounts have."""
