"""The pager's provider in memory: what it was asked, and how it answers."""

import json
from typing import Any

import httpx

from destinations import kit

TOKEN = "s3cret-of-pager"
OURS = "+12025550100"
ADA = "+12025550142"


class Provider:
    """Takes every page, and keeps the requests. A test changes `status` and `said`, which answer a POST."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.status = 201
        self.said: dict[str, Any] = {"id": "page-1"}
        self.account_status = 200
        self.phrase_status = 200

    def answer(self, request: httpx.Request) -> httpx.Response:
        """To any request that `run_action`, a check or a plan makes."""
        self.requests.append(request)
        match request.method, request.url.path.split("/")[2]:
            case "GET", "account":
                return httpx.Response(self.account_status, json={})
            case "GET", "phrases":
                return httpx.Response(self.phrase_status, json={"text": "Call {{ traits.name }}"})
            case "GET", _:
                return httpx.Response(200, json=[{"id": "page-7", "text": "Ada, an alarm!"}])
        return httpx.Response(self.status, json=self.said)

    def take(self, _request: kit.HttpRequest) -> kit.HttpResponse:
        """To a request that the gateway makes of a plan."""
        return kit.HttpResponse(self.status, {}, json.dumps(self.said).encode())

    @property
    def forms(self) -> list[dict[str, str]]:
        """What was posted."""
        posted = [request for request in self.requests if request.method == "POST"]
        return [dict(httpx.QueryParams(request.content.decode())) for request in posted]
