"""A field that a method answers, or goes on answering."""

from collections.abc import Callable
from typing import Any, TypeVar

import strawberry

ResolverT = TypeVar("ResolverT", bound=Callable[..., Any])


def resolved(description: str) -> Callable[[ResolverT], ResolverT]:
    """`strawberry.field` on a method, of a query or a mutation, typed as the method it is put on."""
    decorate: Callable[[ResolverT], ResolverT] = strawberry.field(description=description)
    return decorate


def watched(description: str) -> Callable[[ResolverT], ResolverT]:
    """`strawberry.subscription` on a method that yields item after item, typed as the method it is put on."""
    decorate: Callable[[ResolverT], ResolverT] = strawberry.subscription(description=description)
    return decorate
