"""The pages for a person with a browser: the operator's page at `/`, and GraphiQL, both over this server's own API.

The front-end sources beside this file are built by `hatch_build.py` while the package is built; what
they become lies in `static/`, which git ignores and the wheel ships.
"""

from gateway.console.pages import graphiql_response, page_response, routes, wants_page

__all__ = ["graphiql_response", "page_response", "routes", "wants_page"]
