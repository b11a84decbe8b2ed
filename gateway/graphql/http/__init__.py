"""GraphQL over HTTP: from a request to a document that may run, and to an answer."""
