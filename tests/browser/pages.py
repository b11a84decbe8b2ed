"""The pages there are, and where each is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class PageAt:
    """A page by its name. `path` has the id of something where `query` asks for one."""

    name: str
    path: str
    query: str | None = None

    def address(self, ids: Mapping[str, str]) -> str | None:
        """Its path; None where it is about one thing and there is none."""
        if self.query is None:
            return self.path
        return self.path.format(id=ids[self.name]) if self.name in ids else None


def _first(field: str) -> str:
    return f"{field}(first: 1) {{ edges {{ node {{ id }} }} }}"


PAGES: Sequence[PageAt] = (
    PageAt("overview", "/"),
    PageAt("deliveries", "/deliveries"),
    PageAt("delivery", "/deliveries/{id}", _first("deliveries")),
    PageAt("people", "/people"),
    PageAt("person", "/people/{id}", _first("contacts")),
    PageAt("events", "/events"),
    PageAt("event", "/events/{id}", _first("events")),
    PageAt("mappings", "/mappings"),
    PageAt("mapping-new", "/mappings/new"),
    PageAt("mapping", "/mappings/{id}", _first("mappings")),
    PageAt("accounts", "/accounts"),
    PageAt("account-new", "/accounts/new"),
    PageAt("account", "/accounts/{id}", _first("destinations")),
    PageAt("inbox", "/inbox"),
    PageAt("consent-import", "/consent-import"),
    PageAt("settings-sources", "/settings/sources"),
    PageAt("settings-tokens", "/settings/tokens"),
    PageAt("settings-webhooks", "/settings/webhooks"),
    PageAt("settings-audit", "/settings/audit"),
    PageAt("settings-jobs", "/settings/jobs"),
    PageAt("settings-import", "/settings/import"),
)


def ids_at(base: str, token: str) -> dict[str, str]:
    """For each page about one thing that there is: the id of the newest."""
    asked = " ".join(f"p{number}: {one.query}" for number, one in enumerate(PAGES) if one.query)
    answer = httpx.post(
        f"{base}/graphql",
        json={"query": f"{{ {asked} }}"},
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
    )
    data: dict[str, Any] = answer.json()["data"]
    return {
        one.name: data[f"p{number}"]["edges"][0]["node"]["id"]
        for number, one in enumerate(PAGES)
        if one.query and data[f"p{number}"]["edges"]
    }
