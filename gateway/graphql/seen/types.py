"""A name that was seen of late: of an event, or the path of something in one."""

from datetime import datetime

import strawberry


@strawberry.type(description="A name that was seen of late: of an event, or a path into one.")
class Name:
    """See storage.seen."""

    name: str = strawberry.field(
        description="The name as a trigger or a field has it. Numbers are masked for viewers."
    )
    type: str = strawberry.field(
        description="Of an event its call: `track`, `page`, `screen`, `identify`, `group` or `alias`. Of a path what was there last: `string`, "
        "`number`, `boolean`, `list`, `object` or `null`."
    )
    count: int = strawberry.field(description="In how many of the events that were looked at.")
    last_seen_at: datetime = strawberry.field(description="When the last of them came.")
