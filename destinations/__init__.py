"""What can be done with an event: one package per destination, and the kit they are made from."""
