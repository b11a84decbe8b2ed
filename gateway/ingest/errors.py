"""Refusals of the /v1 API: always with a code and a message, since SDKs read both."""


class IngestError(Exception):
    """Answered as `{"success": false, "code": ..., "message": ...}` with this status.

    `retry_after` is in whole seconds, of which there is at least one: an SDK takes 0 for "at once".
    """

    def __init__(self, status: int, code: str, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after
