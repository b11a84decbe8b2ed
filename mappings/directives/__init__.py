"""The directives: one module each, listed once in `registry`.

A directive is a module with a `name`, a `check` that reports what is wrong with its value, and an `emit` that
writes the Python which works it out.
"""
