"""What an action raises when an event can't become a message. The class decides about a retry.

IntegrationError                  a refusal: final unless a kind below says otherwise
├── PayloadValidationError        the mapped fields, or the content made of them, are wrong
├── InvalidAuthenticationError    the credentials were refused
└── RetryableError                passing trouble: nothing was created, try again
"""


class IntegrationError(Exception):
    """The event ends REJECTED, with this code and message on its Delivery.

    `status` is the HTTP status a caller would see, or None where there is none to speak of. `provider_code` and
    `provider_message` are the provider's own where it answered; `remedy` is what a person can do about it.
    `retry_after` is the provider's wish in seconds, where it may be tried again.
    """

    retryable = False
    default_status: int | None = 400

    def __init__(
        self,
        message: str,
        code: str | None = None,
        status: int | None = None,
        *,
        provider_code: str | None = None,
        provider_message: str | None = None,
        remedy: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = self.default_status if status is None else status
        self.provider_code = provider_code
        self.provider_message = provider_message
        self.remedy = remedy
        self.retry_after = retry_after


class PayloadValidationError(IntegrationError):
    """The mapped fields or the content made from them are wrong: final, until the mapping changes."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None = "PAYLOAD_VALIDATION_FAILED",
        provider_code: str | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message, code, provider_code=provider_code, remedy=remedy)


class InvalidAuthenticationError(IntegrationError):
    """The provider refused the credentials, or a caller could not prove to be the provider.

    Final until the credentials change. `status` is the provider's, where it answered.
    """

    default_status = None


class RetryableError(IntegrationError):
    """Passing trouble before anything was created: safe to try again after a while."""

    retryable = True
    default_status = 500
