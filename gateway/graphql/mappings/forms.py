"""The request to the provider, as GraphQL shows it: that of a dry run, or the one that was made."""

from collections.abc import Iterable
from typing import Any, Self

import strawberry
from strawberry.scalars import JSON


@strawberry.type(description="A field of a form.")
class FormField:
    """A name and its value."""

    name: str = strawberry.field(description="The provider's name for it.")
    value: str = strawberry.field(description="What is sent.")


@strawberry.type(description="The request to the provider; its credentials are never shown.")
class PreviewRequest:
    """See kit.HttpRequest."""

    method: str = strawberry.field(description="The HTTP method.")
    url: str = strawberry.field(description="Where it goes.")
    form: list[FormField] = strawberry.field(
        description="The form, in the order it is sent in; empty where it is none."
    )
    json: JSON | None = strawberry.field(description="The JSON that is sent in place of a form.")

    @classmethod
    def of(cls, method: str, url: str, form: Iterable[tuple[str, str]], json: Any = None) -> Self:
        """The request with those parts."""
        return cls(
            method=method,
            url=url,
            form=[FormField(name=name, value=value) for name, value in form],
            json=None if json is None else JSON(json),
        )
