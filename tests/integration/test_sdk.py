"""An unmodified Segment SDK on one side, the stand-in for Twilio on the other, nothing but HTTP between."""

from segment.analytics import Client

from tests.integration.system import SENDER, System, until


def test_texts_whom_the_sdk_identified_with_a_phone_and_an_opt_in(system: System) -> None:
    system.seed()
    analytics = Client(system.write_key, host=system.url)

    analytics.identify("ada", {"first_name": "Ada", "phone": "+12025550142", "sms_opt_in": True})
    analytics.track("ada", "Audience Entered", {"audience_key": "vip"})
    analytics.shutdown()

    until(
        lambda: [one["messageStatus"] for one in system.deliveries()] == ["DELIVERED"],
        what="a delivered text",
    )
    [delivery] = system.deliveries()
    assert delivery["status"] == "ACCEPTED"
    assert delivery["recipient"] == "+12025550142"
    assert delivery["attemptCount"] == 1
    [text] = system.texts()
    assert text["sid"] == delivery["messageSid"]
    form = dict(text["received"]["pairs"])
    assert form["Body"] == "Hi Ada!"
    assert form["From"] == SENDER
    assert form["StatusCallback"].startswith(
        f"{system.url}/webhooks/{system.destination_id}/status?delivery={delivery['id']}"
    )


def test_texts_nobody_who_did_not_agree_and_says_how_to_agree(system: System) -> None:
    system.seed()
    analytics = Client(system.write_key, host=system.url)

    analytics.identify("ben", {"first_name": "Ben", "phone": "+12025550143"})
    analytics.track("ben", "Audience Entered", {"audience_key": "vip"})
    analytics.shutdown()

    until(
        lambda: [one["status"] for one in system.deliveries()] == ["SUPPRESSED"], what="a suppressed delivery"
    )
    [delivery] = system.deliveries()
    assert delivery["reason"] == "NOT_SUBSCRIBED"
    assert '"sms_opt_in": true' in delivery["remedy"]
    assert system.texts() == []


def test_shows_twilios_refusal_with_its_code(system: System) -> None:
    system.seed()
    analytics = Client(system.write_key, host=system.url)

    analytics.identify("cleo", {"first_name": "Cleo", "phone": "+15005550001", "sms_opt_in": True})
    analytics.track("cleo", "Audience Entered", {"audience_key": "vip"})
    analytics.shutdown()

    until(lambda: [one["status"] for one in system.deliveries()] == ["REJECTED"], what="a rejected delivery")
    [delivery] = system.deliveries()
    assert delivery["errorCode"] == "21211"
    assert delivery["remedy"].endswith("See https://www.twilio.com/docs/errors/21211")
    assert system.texts() == []


def test_what_waited_for_the_verification_goes_on_by_itself(system: System) -> None:
    system.seed(verify=False)
    system.post("/v1/identify", {"userId": "ada", "traits": {"phone": "+12025550142", "sms_opt_in": True}})
    system.post("/v1/track", {"userId": "ada", "event": "Audience Entered"})
    until(lambda: [one["status"] for one in system.deliveries()] == ["HELD"], what="a held delivery")
    [held] = system.deliveries()
    assert held["reason"] == "ACCOUNT_NOT_VERIFIED"
    assert "destinationVerify" in held["remedy"]
    assert system.texts() == []

    system.verify()

    until(
        lambda: [one["messageStatus"] for one in system.deliveries()] == ["DELIVERED"],
        what="a delivered text",
    )
    assert len(system.texts()) == 1
