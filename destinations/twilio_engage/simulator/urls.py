"""What counts as the address of something on the web."""

import ipaddress
import re
from urllib.parse import urlsplit


def is_web_url(url: str) -> bool:
    """Whether `url` is http or https and names a host."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises when it is no number
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not re.search(r"\s", url)


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine by name or by address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
