"""Messages as phones show them."""
