"""What another system had configured: read from its exports, and what of it is wanted here. Nothing is stored or made here."""
