"""From an event to a text: match, decide, send, record, and what the provider says later."""
