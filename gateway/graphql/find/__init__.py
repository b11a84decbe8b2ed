"""One box for whatever somebody has at hand."""
