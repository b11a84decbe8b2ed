"""What people wrote."""
