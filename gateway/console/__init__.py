"""The console: GraphiQL over this server's own API, for a person with a browser.

The front-end sources beside this file are built by `hatch_build.py` while the package is built; what
they become lies in `static/`, which git ignores and the wheel ships.
"""

from gateway.console.pages import graphiql_response, routes, wants_page

__all__ = ["graphiql_response", "routes", "wants_page"]
