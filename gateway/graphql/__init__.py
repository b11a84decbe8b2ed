"""The API, in rooms: `http` takes a request, `terms` are what the nouns share, and each noun has a folder: its types, its queries, its
changes.
"""

from gateway.graphql.terms import enums

# Before any type is made: the enums of the kit and the gateway are GraphQL's from here on.
__all__ = ["enums"]
