"""Holding what would be sent, and letting it go on."""
