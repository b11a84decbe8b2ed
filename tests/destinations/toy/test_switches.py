"""The pager switched off: by channel, or for good by a deletion. What it sent before is still heard of."""

import json
import re
from typing import Any

from tests.destinations.toy.provider import ADA, OURS, Provider
from tests.destinations.toy.served import Gateway

PAGE = {"action": "sendPage", "fields": {"text": "{{ traits.name }}, an alarm!"}}
CANCEL = {"action": "cancelPage", "fields": {}}
ADA_TRAITS = {"name": "Ada", "phone": ADA, "sms_opt_in": True}
SWITCHED = "destination { channels { channel enabled } } errors { code path message }"


async def identify(gateway: Gateway) -> None:
    await gateway.event("identify", messageId="m-1", traits=ADA_TRAITS)


async def alarm(gateway: Gateway, number: int = 2) -> None:
    gateway.clock.advance(1)
    await gateway.event("track", messageId=f"m-{number}", event="Alarm Raised")


async def switch(gateway: Gateway, **given: Any) -> Any:
    return await gateway.change("channelUpdate", "ChannelUpdateInput", SWITCHED, {"channel": "SMS", **given})


async def run(gateway: Gateway, remedy: str) -> Any:
    """Run the mutation of a remedy, as it stands."""
    found = re.search(r"mutation \{.*\} \}", remedy)
    assert found is not None, remedy
    return await gateway.ask(found[0])


async def delete(gateway: Gateway, *, force: bool) -> Any:
    shown = await gateway.ask(f'{{ destination(id: "{gateway.destination}") {{ revision }} }}')
    given = {
        "id": gateway.destination,
        "expectedRevision": shown["destination"]["revision"],
        "force": force,
    }
    return await gateway.change(
        "destinationDelete", "DeleteInput", "deletedId errors { code path message }", given
    )


async def test_a_channel_that_is_off_stops_the_next_event_and_what_is_no_text_goes_on(
    gateway: Gateway, provider: Provider
) -> None:
    await gateway.seed(PAGE, CANCEL)
    await identify(gateway)

    switched = await switch(gateway, enabled=False, destinationId=gateway.destination)
    await alarm(gateway)
    provider.said = {"id": "cancel-1"}
    gateway.clock.advance(1)
    await gateway.event("track", messageId="m-3", event="Alarm Cleared", properties={"pageId": "page-1"})

    assert switched["errors"] == []
    assert switched["destination"]["channels"] == [
        {"channel": "SMS", "enabled": False},
        {"channel": "MMS", "enabled": True},
        {"channel": "WHATSAPP", "enabled": True},
    ]
    shown = await gateway.deliveries("status reason recipient explanation { gate passed reason detail }")
    assert [(one["status"], one["reason"]) for one in shown] == [
        ("SUPPRESSED", "CHANNEL_OFF"),
        ("ACCEPTED", None),
    ]
    assert shown[0]["explanation"][-1] == {
        "gate": "ready",
        "passed": False,
        "reason": "CHANNEL_OFF",
        "detail": "SMS is switched off for the destination Pagers.",
    }
    assert [request.url for request in gateway.sent.requests] == [
        "https://pager.example/v1/pages/page-1/cancel"
    ]


async def test_the_remedy_of_what_was_stopped_switches_the_channel_on(gateway: Gateway) -> None:
    await gateway.seed(PAGE)
    await identify(gateway)
    await switch(gateway, enabled=False)
    await alarm(gateway)
    [stopped] = await gateway.deliveries("reason remedy")

    await run(gateway, stopped["remedy"])
    await alarm(gateway, 3)

    assert stopped["reason"] == "CHANNEL_OFF"
    assert [one["status"] for one in await gateway.deliveries("status")] == ["SUPPRESSED", "ACCEPTED"]


async def test_what_waits_is_stopped_at_its_next_turn(gateway: Gateway) -> None:
    await gateway.seed(PAGE)
    await identify(gateway)
    await gateway.change("destinationPause", "PauseInput", "errors { code }", {"id": gateway.destination})
    await alarm(gateway)
    await switch(gateway, enabled=False)
    await gateway.change("destinationResume", "IdInput", "errors { code }", {"id": gateway.destination})
    await gateway.work()

    assert await gateway.deliveries("status reason") == [{"status": "SUPPRESSED", "reason": "CHANNEL_OFF"}]
    assert gateway.sent.requests == []


async def test_off_wins_and_says_whose_switch_it_is(gateway: Gateway) -> None:
    await gateway.seed(PAGE)
    await switch(gateway, enabled=False)

    own = await switch(gateway, enabled=True, destinationId=gateway.destination)
    space = await switch(gateway, enabled=True)
    after = await switch(gateway, enabled=True, destinationId=gateway.destination)

    assert own["destination"]["channels"][0] == {"channel": "SMS", "enabled": False}
    [error] = own["errors"]
    assert (error["code"], error["path"]) == ("SUPPRESSED", ["enabled"])
    assert space == {"destination": None, "errors": []}
    assert after["destination"]["channels"][0] == {"channel": "SMS", "enabled": True}


async def test_a_destination_that_comes_later_has_the_switch_of_its_space(gateway: Gateway) -> None:
    await gateway.seed()
    await switch(gateway, enabled=False)
    given = {"name": "Later", "settings": {"cityPager": {"token": "t0ken-of-later"}}}

    made = await gateway.change(
        "destinationCreate", "DestinationCreateInput", "destination { channels { channel enabled } }", given
    )

    assert made["destination"]["channels"][0] == {"channel": "SMS", "enabled": False}


async def test_a_preview_sees_the_switch(gateway: Gateway) -> None:
    await gateway.seed(PAGE)
    await switch(gateway, enabled=False)
    found = await gateway.ask("{ mappings { edges { node { id } } } }")
    mapping = found["mappings"]["edges"][0]["node"]["id"]
    given = json.dumps({"type": "track", "event": "Alarm Raised", "userId": "ada"})

    shown = await gateway.ask(
        "query($m: ID!, $e: JSON!) { mappingPreview(input: {mappingId: $m, event: $e}) { decision reason } }",
        m=mapping,
        e=json.loads(given),
    )

    assert shown["mappingPreview"] == {"decision": "SUPPRESS", "reason": "CHANNEL_OFF"}


async def test_a_destination_in_use_is_not_deleted_and_what_it_would_strand_is_listed(
    gateway: Gateway,
) -> None:
    await gateway.seed(PAGE)
    await identify(gateway)
    await gateway.change("destinationPause", "PauseInput", "errors { code }", {"id": gateway.destination})
    await alarm(gateway)
    found = await gateway.ask("{ mappings { edges { node { id } } } sources { edges { node { id } } } }")
    [mapping], [source] = (
        [edge["node"]["id"] for edge in found[name]["edges"]] for name in ("mappings", "sources")
    )

    payload = await delete(gateway, force=False)

    assert payload["deletedId"] is None
    assert [(one["code"], one["path"]) for one in payload["errors"]] == [("IN_USE", ["force"])] * 3
    words = [one["message"].split(" Nothing was changed.")[0] for one in payload["errors"]]
    assert words == [
        f"Sources are connected to it: Ward ({source}).",
        f"It has mappings: sendPage ({mapping}).",
        "Deliveries wait to be sent by it: 1.",
    ]
    assert await gateway.deliveries("status") == [{"status": "HELD"}]

    await run(gateway, payload["errors"][0]["message"])
    assert (await gateway.ask("{ destinationCounts { connected disabled } }"))["destinationCounts"] == {
        "connected": 0,
        "disabled": 0,
    }


async def test_with_force_it_is_gone_and_what_waited_is_canceled(gateway: Gateway) -> None:
    await gateway.seed(PAGE)
    await identify(gateway)
    await gateway.change("destinationPause", "PauseInput", "errors { code }", {"id": gateway.destination})
    await alarm(gateway)

    payload = await delete(gateway, force=True)
    await gateway.work()
    await alarm(gateway, 3)

    assert payload == {"deletedId": gateway.destination, "errors": []}
    shown = await gateway.deliveries("status errorCode errorMessage destination { name deletedAt }")
    assert shown == [
        {
            "status": "CANCELED",
            "errorCode": "DESTINATION_DELETED",
            "errorMessage": "The destination Pagers was deleted before it was sent.",
            "destination": {"name": "Pagers", "deletedAt": "2026-11-21T12:00:01.000Z"},
        }
    ]
    gone = await gateway.ask(
        f'{{ node(id: "{gateway.destination}") {{ id }} destination(id: "{gateway.destination}") {{ id }} '
        "destinations { totalCount } mappings { totalCount } destinationCounts { connected awaitingAction disabled } "
        "sources { edges { node { destinations { totalCount } } } } }"
    )
    assert gone == {
        "node": None,
        "destination": None,
        "destinations": {"totalCount": 0},
        "mappings": {"totalCount": 0},
        "destinationCounts": {"connected": 0, "awaitingAction": 0, "disabled": 0},
        "sources": {"edges": [{"node": {"destinations": {"totalCount": 0}}}]},
    }
    assert gateway.sent.requests == []


async def test_its_name_is_free(gateway: Gateway) -> None:
    await gateway.seed()
    await delete(gateway, force=True)
    given = {"name": "Pagers", "settings": {"cityPager": {"token": "t0ken-of-another"}}}

    made = await gateway.change(
        "destinationCreate", "DestinationCreateInput", "destination { name } errors { code }", given
    )

    assert made == {"destination": {"name": "Pagers"}, "errors": []}


async def test_what_the_provider_says_of_what_it_sent_before_is_still_heard_and_so_is_a_stop(
    gateway: Gateway,
) -> None:
    await gateway.seed(PAGE)
    await identify(gateway)
    await alarm(gateway)
    await delete(gateway, force=True)

    status = await gateway.call_back("status", {"id": "page-1", "status": "DELIVERED"})
    stop = await gateway.call_back("inbound", {"id": "in-1", "from": ADA, "to": OURS, "text": "STOP"})

    assert (status.status_code, stop.status_code) == (204, 200)
    assert await gateway.deliveries("messageStatus") == [{"messageStatus": "DELIVERED"}]
    found = await gateway.ask(f'{{ contact(phone: "{ADA}") {{ consents {{ status }} }} }}')
    assert {"status": "UNSUBSCRIBED"} in found["contact"]["consents"]


async def test_a_deleted_destination_is_not_deleted_verified_or_connected_again(gateway: Gateway) -> None:
    await gateway.seed()
    await delete(gateway, force=True)
    given = {"id": gateway.destination, "expectedRevision": 2}

    again = await gateway.change("destinationDelete", "DeleteInput", "deletedId errors { code }", given)
    verified = await gateway.change(
        "destinationVerify", "IdInput", "errors { code }", {"id": gateway.destination}
    )

    assert again == {"deletedId": None, "errors": [{"code": "NOT_FOUND"}]}
    assert verified == {"errors": [{"code": "NOT_FOUND"}]}
