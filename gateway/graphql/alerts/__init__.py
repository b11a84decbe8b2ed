"""What is wrong now and wants a person."""
