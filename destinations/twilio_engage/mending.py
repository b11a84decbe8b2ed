"""What mends a destination, to be pasted: a change of its settings, or its verification.

Where nobody knows yet which destination it is (`destination_id` is None), the gateway fills that in.
"""

from destinations import kit

NEW_KEY = 'apiKeySid: "<SK and the rest of its SID>", apiKeySecret: "<its secret>"'

NEW_AUTH = 'authToken: "<the Auth Token>"'


def verifying(destination_id: str | None = None) -> str:
    """What verifies it, to stand in a sentence."""
    return f"run {kit.destination_call('destinationVerify', destination_id, 'destination { status }')}"


def setting(change: str, destination_id: str | None = None) -> str:
    """What changes its settings so, to stand in a sentence. Then it is to be verified."""
    changed = f"settings: {{twilioEngage: {{{change}}}}}"
    return f"run {kit.destination_update(destination_id, changed)} and {verifying(destination_id)}"
