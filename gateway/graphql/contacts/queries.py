"""Reading contacts."""

from typing import Annotated

import strawberry
from sqlalchemy import Connection as Database

from gateway.graphql.contacts.types import Contact, _Known, read, read_by_id, shown
from gateway.graphql.context import Info
from gateway.graphql.terms.errors import Refused, bad_input
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.inputs import no_number
from gateway.phones import key_of
from gateway.storage import external_contacts, people


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved("By number or by userId: give exactly one. Look-ups by number are refused to viewers.")
    async def contact(
        self,
        info: Info,
        phone: Annotated[
            str | None, strawberry.argument(description="The number, in any notation and any of its forms.")
        ] = strawberry.UNSET,
        user_id: Annotated[
            str | None,
            strawberry.argument(
                description="The user, whose latest number is taken; or a provider's own id of a person."
            ),
        ] = strawberry.UNSET,
        space: Annotated[str | None, strawberry.argument(description="The space it belongs to.")] = "default",
    ) -> Contact | None:
        context, where = info.context, space or "default"
        context.require_space(where)
        if bool(phone) == bool(user_id):
            raise bad_input("Give `phone` or `userId`, and not both.")
        if phone and context.viewer.masked:
            raise Refused("FORBIDDEN", "A VIEWER sees no numbers, so contacts can't be looked up by one.")
        number = key_of(phone, context.snapshot.country_of_space(where))
        if phone and number is None:
            raise bad_input(no_number("phone", phone))

        def query(database: Database) -> _Known | None:
            wanted = number or people.phone_of_user(database, where, user_id or "")
            if wanted is not None:
                return read(database, where, wanted)
            by_id = external_contacts.contact_of(database, where, user_id or "")
            return None if by_id is None else read_by_id(database, by_id)

        known = await context.services.store.read(query)
        return None if known is None else shown(context, known)
