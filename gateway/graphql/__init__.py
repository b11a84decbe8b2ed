"""The API: queries, the mutations that configure, and the dry run."""
