"""What somebody asked for and takes a while."""
