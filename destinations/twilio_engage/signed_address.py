"""The ways in which one address may have been written when it was signed.

A signature is over text, and proxies, consoles and clients spell one address differently (Twilio error 57012; the ports
are those of Twilio's own RequestValidator).
"""

import re
from collections.abc import Iterator
from itertools import product
from urllib.parse import SplitResult, urlsplit

_PORT = re.compile(r":[0-9]+$")
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


def spellings(url: str, host: str) -> Iterator[str]:
    """The URL as it is first, then every other spelling of the same address, each once. `host` is as the caller wrote it."""
    yield url
    parts = urlsplit(url)
    path = dict.fromkeys(_encodings(parts.path))
    queries = {encoded: None for spaced in _blanks(parts.query) for encoded in _encodings(spaced)}
    seen = {url}
    for netloc, way, query in product(_netlocs(parts, host), path, queries):
        other = parts._replace(netloc=netloc, path=way, query=query).geturl()
        if other not in seen:
            seen.add(other)
            yield other


def _netlocs(parts: SplitResult, host: str) -> Iterator[str]:
    """Host names have no case (RFC 3986, 3.2.2); proxies add and drop ports, and so does the signer."""
    user, at, own = parts.netloc.rpartition("@")
    name, theirs = _PORT.sub("", own), _PORT.sub("", host)
    names = [name, name.lower()]
    if theirs.lower() == name.lower():
        names.append(theirs)
    default = 443 if parts.scheme == "https" else 80
    ports = {found[0] for found in [_PORT.search(own)] if found} | {"", f":{default}"}
    for one, port in product(names, sorted(ports)):
        yield f"{user}{at}{one}{port}"


def _blanks(query: str) -> Iterator[str]:
    yield query
    yield query.replace("+", "%20")
    yield query.replace("%20", "+")


def _encodings(text: str) -> Iterator[str]:
    """In capitals, small, and with nothing encoded that need not be (RFC 3986, 6.2.2)."""
    yield text
    yield _ENCODED.sub(lambda found: found[0].upper(), text)
    yield _ENCODED.sub(lambda found: found[0].lower(), text)
    yield _ENCODED.sub(_needed, text)


def _needed(found: re.Match[str]) -> str:
    letter = chr(int(found[0][1:], 16))
    return letter if _UNRESERVED.fullmatch(letter) else found[0].upper()
