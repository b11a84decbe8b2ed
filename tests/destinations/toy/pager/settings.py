from pydantic import SecretStr

from destinations import kit


class Settings(kit.Fields):
    """What the account owner fills in."""

    token: SecretStr = kit.field(
        required=True, type="password", label="Token", description="Opens the account, and signs its calls."
    )
    sender: str | None = kit.field(label="Sender", description="The number that pages come from, with a +.")
    host: str | None = kit.field(label="Host", description="A stand-in for the provider's own host.")


def validate_settings(settings: Settings, allowed_hosts: frozenset[str]) -> tuple[tuple[str, str], ...]:
    wrong = []
    if settings.sender is not None and kit.e164(settings.sender, None) is None:
        wrong.append(("sender", "It is no number."))
    if settings.host is not None and settings.host not in allowed_hosts:
        wrong.append(("host", "The operator does not allow that host."))
    return tuple(wrong)
