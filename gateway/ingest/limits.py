"""How much is taken: of one request, of one source, and of all together. Sizes of events are Segment's own."""

EVENT_BYTES = 32 * 1024
BATCH_BYTES = 500 * 1024
BATCH_EVENTS = 2_500
SPREAD_BYTES = 8 * 1024 * 1024
"""How much the `context` and `integrations` of a batch may make in all of its events together, each of which gets them: 3 KB
in each of the most events there can be, and no more than sixteen times what was sent.
"""

GZIP_MEMBERS = 64
"""How many gzips may follow one another in a body: one is what SDKs send, and some packers end one every 64 KB."""

BODY_SECONDS = 10.0
"""How long a client may take to send its body: SDKs give up after 10 to 15 seconds themselves."""

DEEPEST = 128
"""How many objects and lists may lie in one another: what comes later walks them with the interpreter's own stack."""

HEADERS = 100
HEADER_BYTES = 32 * 1024
"""Of the headers of a request, names and values: an SDK sends ten in 500 bytes, a page up to 16 KB of cookies with them."""

LINGER_BYTES = 8 * 1024 * 1024
LINGER_SECONDS = 5.0
"""How much of a body nobody wants is still let in, and thrown away, before its connection is closed: with unread bytes in it
a closed connection is reset, the answer with it, and an SDK sends the same again. The largest batch an SDK makes is 4 MB.
"""

EVENTS_PER_SECOND = 1_000
EVENTS_AT_ONCE = 30_000
"""What one source may send for long, and what it may send of a sudden: Segment lets an Engage space send 1,000 events
a second. Half a minute's worth at once lets a nightly export or a queue that was offline through without a 429.
"""

SETTLE_SECONDS = 0.2
"""How often gateways tell one another what they took of each source: between them they take so much more at most."""

OPEN_REQUESTS = 200
"""Of one source, at one time: a server SDK has one, a fleet of a hundred servers a hundred."""

NAMELESS_REQUESTS = 1_000
NAMELESS_REQUESTS_OF_ONE = 100
NAMELESS_BODY_SECONDS = 3.0
"""Of requests without a write key in their headers, at one time: of all together, and of one address. A page sends some
kilobytes, which are there at once; nobody is known who could be asked to send less.
"""

HELD_BYTES = 64 * 1024 * 1024
HELD_BYTES_OF_ONE = HELD_BYTES // 2
"""Of bodies, unpacked, from their first byte to their commit: of all sources together, and of one, so that one that
sends slowly and much does not take the room of the others.
"""

NAMELESS_BYTES = HELD_BYTES // 4
NAMELESS_BYTES_OF_ONE = NAMELESS_BYTES // 2
"""The same of requests without a write key in their headers: of all together, and of one address."""

BUSY_SECONDS = 1
UNAVAILABLE_SECONDS = 5
QUEUE_SECONDS = 10
"""When to come back: a full line is worked off within a second, a store that does not commit takes somebody to mend it,
and what waits to be matched takes as long as it is.
"""

SETTINGS_SECONDS = 60
"""How long a browser keeps the settings of analytics.js: between the pages of a visit, and no longer than a person waits
who has just disabled a source.
"""
