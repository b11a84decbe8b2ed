"""A second destination, as a package outside would bring it: written from destinations/README.md."""

from destinations import kit
from mappings.presets import Preset
from tests.destinations.toy.pager import callbacks, cancel_page, client, gates, send_page
from tests.destinations.toy.pager.settings import Settings, validate_settings


async def verify(settings: Settings, read: kit.Read, allowed_hosts: frozenset[str]) -> tuple[kit.Check, ...]:
    answer = await read(client.get(settings, client.api(settings, allowed_hosts, "account")))
    if answer.ok:
        return (kit.Check("token", passed=True),)
    said = f"The provider answered {answer.status}."
    return (kit.Check("token", passed=False, code="TOKEN_REFUSED", message=said, remedy="Mend `token`."),)


async def test_authentication(settings: Settings, read: kit.Read, allowed_hosts: frozenset[str]) -> None:
    [check] = await verify(settings, read, allowed_hosts)
    if not check.passed:
        raise kit.InvalidAuthenticationError("The token was refused.", check.code, remedy=check.remedy)


definition = kit.DestinationDefinition(
    slug="city-pager",
    name="City Pager",
    description="Pages people.",
    settings=Settings,
    actions=(send_page.action, cancel_page.action),
    integration_names=("City Pager",),
    presets=(
        Preset(
            name="alarm_raised",
            title="Alarm raised",
            description="Pages whoever is on call. Fill in: from.",
            action="sendPage",
            trigger='type = "track" and event = "Alarm Raised"',
            purpose="TRANSACTIONAL",
            fields={"text": "{{ traits.name }}, an alarm!"},
        ),
    ),
    verify=verify,
    validate_settings=validate_settings,
    test_authentication=test_authentication,
    translate_settings=dict,
    webhooks=kit.Webhooks(status=callbacks.status, inbound=callbacks.inbound),
    conversation_windows={kit.Channel.SMS: gates.WINDOW},
)
