"""What owners are told by their webhooks."""
