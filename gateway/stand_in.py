"""What a person is told who starts a stand-in: everything to paste, so that its texts and replies work at once."""

import json
from collections.abc import Mapping
from typing import Any, Final

from rich.console import Console

from destinations.kit import Demo, DestinationDefinition
from gateway.configuration import folder
from gateway.configuration.catalogue import installed_catalogue
from gateway.configuration.references import References, Secret
from gateway.configuration.wanted import wanted
from gateway.graphql.catalogue.settings import key_name
from gateway.quiet_hours import AT_ANY_HOUR

PAGE: Final = "docs/your-own-account.md"
"""Has what is to be done once a destination is there."""


def introduce(console: Console, definition: DestinationDefinition, address: str) -> None:
    """Print where it listens, its credentials and senders, and how a gateway is pointed at it."""

    def say(*lines: str) -> None:
        for line in lines:
            console.print(line, highlight=False, soft_wrap=True, markup=False)

    say(
        f"The stand-in of {definition.name} listens on http://{address}",
        f"Its page, which shows the texts and takes replies: http://{address}/",
    )
    known = definition.demo
    if known is None:
        return
    settings = settings_of(definition, known, address)
    pairs = [*settings.items(), *known.also]
    width = max(len(name) for name, _ in pairs)
    say("", "It answers to these, made up and good for nothing else:")
    say(*(f"  {name:{width}}  {value}" for name, value in pairs))
    say(
        "",
        "1. In another terminal, serve a gateway that may call it, and that it can call back:",
        "",
        f"HELIOGRAPH_ALLOWED_HOSTS={address} HELIOGRAPH_PUBLIC_URL=http://127.0.0.1:8080 make run",
        "",
        "2. On its page (http://127.0.0.1:8080/, with the token that the gateway printed), follow the first steps: add an account with the values",
        "   above. Or, in GraphiQL (http://127.0.0.1:8080/graphql), make the destination:",
        "",
        mutation(definition.slug, settings),
        "",
        f"3. Verify, connect and map it, as {PAGE} shows.",
        "   Nothing is to be set for replies: they go to the gateway that sent the text.",
    )


def settings_of(definition: DestinationDefinition, known: Demo, address: str) -> Mapping[str, str]:
    """Those of the account in the demo's files, secrets in clear: they are the stand-in's own."""
    references = References(known.environ_at(address), known.folder)
    [written] = [one for one in folder.documents(known.folder) if one.key.kind == "destination"]
    catalogue = installed_catalogue({definition.slug: definition})
    [item] = wanted([written], catalogue, references, {}).values()
    values = {name: item.values["settings", name] for name in written.text.value["settings"]}
    return {
        name: one.value.get_secret_value() if isinstance(one, Secret) else one for name, one in values.items()
    }


def mutation(slug: str, settings: Mapping[str, Any]) -> str:
    """The whole mutation that makes a destination with these settings."""
    fields = "\n".join(f"      {name}: {json.dumps(value)}" for name, value in settings.items())
    hours = ", ".join(f"{name}: {json.dumps(value)}" for name, value in AT_ANY_HOUR.items())
    return (
        "mutation {\n"
        f'  destinationCreate(input: {{ name: "Stand-in", policy: {{ {hours} }}, settings: {{ {key_name(slug)}: {{\n{fields}\n'
        "  } } }) { destination { id status } errors { message path } }\n"
        "}"
    )
