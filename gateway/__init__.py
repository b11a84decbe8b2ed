"""Runs it all: takes events in, keeps the ledger, sends, and answers GraphQL."""
