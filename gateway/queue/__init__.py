"""Work that waits: what came in and is to be matched, and what is to be delivered."""
