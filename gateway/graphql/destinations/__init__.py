"""Accounts at a provider that messages go out through."""
