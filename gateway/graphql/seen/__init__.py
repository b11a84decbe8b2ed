"""What was seen of late, to be offered where a mapping is written."""
