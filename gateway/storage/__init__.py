"""The ledger: tables, the two engines under them, and one module of queries per aggregate.

Every query is a plain function over a SQLAlchemy connection, so that the same text runs on SQLite and PostgreSQL.
"""
