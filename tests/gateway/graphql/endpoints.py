"""The endpoint of `/graphql`, with what never changes made once for all tests: schemas, and documents of the same text."""

from collections.abc import Mapping
from functools import cache, lru_cache

import strawberry
from starlette.requests import Request
from starlette.responses import HTMLResponse

from destinations import kit
from gateway.graphql.http.budget import Budget
from gateway.graphql.http.documents import Documents, Prepared
from gateway.graphql.http.endpoint import GraphQLEndpoint
from gateway.graphql.http.limits import Limits
from gateway.graphql.schema import build_schema
from gateway.services import Services

_schemas: dict[tuple[str, ...], strawberry.Schema] = {}


def endpoint_of(
    services: Services,
    definitions: Mapping[str, kit.DestinationDefinition],
    limits: Limits | None = None,
    budget: Budget | None = None,
) -> GraphQLEndpoint:
    """Over these services. A text that another test asked is not read anew, though this endpoint counts it as new."""
    schema, limits = schema_of(definitions), limits or Limits()
    endpoint = GraphQLEndpoint(services, page, schema, limits, budget)
    endpoint._documents = _Remembered(schema, limits, introspection=services.settings.graphql_introspection)
    return endpoint


def schema_of(definitions: Mapping[str, kit.DestinationDefinition]) -> strawberry.Schema:
    """Made once for each, since it never changes."""
    slugs = tuple(definitions)
    if slugs not in _schemas:
        _schemas[slugs] = build_schema(definitions)
    return _schemas[slugs]


def page(request: Request) -> HTMLResponse:
    return HTMLResponse("<!doctype html><title>GraphiQL</title>")


class _Remembered(Documents):
    """Prepares a text as the first of its kind did."""

    def __init__(self, schema: strawberry.Schema, limits: Limits, *, introspection: bool) -> None:
        super().__init__(schema, limits, introspection=introspection)
        self._first = _first(schema, limits, introspection)

    def _prepare(self, query: str) -> Prepared:
        return _prepared(self._first, query)


@cache
def _first(schema: strawberry.Schema, limits: Limits, introspection: bool) -> Documents:
    return Documents(schema, limits, introspection=introspection)


@lru_cache(maxsize=1_000)
def _prepared(documents: Documents, query: str) -> Prepared:
    return documents._prepare(query)
