"""What happens, as it happens: what may be watched, read once for all who watch."""
