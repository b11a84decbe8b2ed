"""What is configured, as files of a folder: planned, applied and exported over the public API of any gateway."""
