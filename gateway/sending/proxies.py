"""Which proxy a request goes through: one reading of the environment for every client."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Self


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxy for https, and the hosts that do without.

    `https` is an http(s) URL and may hold a user and a password; None means straight to the host. `bypass` is written
    as NO_PROXY is: host names or suffixes, separated by commas, or `*`. Plain http never takes a proxy: it is meant
    for loopback, which no proxy can reach from its own machine.
    """

    https: str | None = None
    bypass: str = ""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """As HTTPS_PROXY or else ALL_PROXY, and NO_PROXY say; lower case comes first, as in curl."""

        def read(name: str) -> str:
            return environ.get(name.lower()) or environ.get(name) or ""

        return cls(read("HTTPS_PROXY") or read("ALL_PROXY") or None, read("NO_PROXY"))

    def to(self, scheme: str, host: str) -> str | None:
        """The proxy's URL for a host, None for straight there."""
        if scheme != "https" or _is_loopback(host) or self._is_bypassed(host):
            return None
        return self.https

    def _is_bypassed(self, host: str) -> bool:
        dotted = f".{host.lower()}"
        names = [name.strip().lower().lstrip(".") for name in self.bypass.split(",")]
        return "*" in names or any(name and dotted.endswith(f".{name}") for name in names)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
