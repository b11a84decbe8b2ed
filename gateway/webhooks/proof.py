"""Tells whoever has this gateway's keys that it is the one, and works on the same ledger. Nobody else learns that there is anything to ask."""

from gateway.secrets import Secrets

PLACE = "this-gateway"
"""What is asked below /webhooks/, where callbacks go: so it comes by the way that they take."""

ASK = "x-heliograph-ask"
ANSWER = "x-heliograph-answer"
"""The headers of question and answer. Neither holds anything that could be used for more."""

_LONGEST = 64


def question(nonce: str, keys: Secrets) -> str:
    """What asks for it, once: a stranger can't make one."""
    return f"{nonce}.{keys.proof(f'ask {nonce}')}"


def asked(question: str, keys: Secrets) -> str | None:
    """The nonce of a question; None of a stranger's, who is answered as at any other place where nothing is."""
    nonce, _, made = question.partition(".")
    well = 0 < len(nonce) <= _LONGEST and keys.proves(f"ask {nonce}", made)
    return nonce if well else None


def answer(nonce: str, ledger: str | None, keys: Secrets) -> str:
    """What proves it to whoever asked: no other gateway makes it, and no other ledger of one with the same keys."""
    return keys.proof(_of(nonce, ledger))


def is_ours(answered: str, nonce: str, ledger: str | None, keys: Secrets) -> bool:
    """Whether that is the answer of a gateway with these keys and that ledger."""
    return keys.proves(_of(nonce, ledger), answered)


def _of(nonce: str, ledger: str | None) -> str:
    return f"answer {nonce} {ledger}"
