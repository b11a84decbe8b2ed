"""Failures of our own, in the log."""

from sqlalchemy.exc import DBAPIError

from gateway import logging

_log = logging.get("worker")


def described(error: BaseException) -> str:
    """What failed, without what it was about: a database's own words quote the row."""
    if isinstance(error, DBAPIError):
        return f"{type(error).__name__} ({type(error.orig).__name__})"
    return f"{type(error).__name__}: {error}"


def log(event: str, error: BaseException, **about: object) -> None:
    """Log it with its traceback, unless that would quote the row."""
    _log.error(
        event, error=described(error), exc_info=error if not isinstance(error, DBAPIError) else False, **about
    )
