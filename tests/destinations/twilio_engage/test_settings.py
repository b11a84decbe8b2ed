from destinations import kit
from destinations.twilio_engage.settings import TwilioEngageSettings, translate_settings

ORIGINAL = {
    "twilioAccountSID": "AC1",
    "twilioApiKeySID": "SK1",
    "twilioApiKeySecret": "s3cret",
    "profileApiEnvironment": "production",
    "profileApiAccessToken": "pr0file",
    "spaceId": "spa_1",
    "sourceId": "src_1",
    "webhookUrl": "https://example.com",
    "twilioHostname": "api.twilio.com",
    "connectionOverrides": "rc=1",
    "region": "eu-west-1",
}


def test_turns_the_originals_names_into_ours() -> None:
    assert translate_settings(ORIGINAL) == {
        "accountSid": "AC1",
        "apiKeys": [{"sid": "SK1", "secret": "s3cret"}],
        "profileApiEnvironment": "production",
        "profileApiAccessToken": "pr0file",
        "spaceId": "spa_1",
        "sourceId": "src_1",
        "webhookUrl": "https://example.com",
        "twilioHostname": "api.twilio.com",
        "connectionOverrides": "rc=1",
        "profileApiRegion": "eu-west-1",
        "defaultCountry": "US",
    }


def test_leaves_our_own_names_as_they_are() -> None:
    ours = {"accountSid": "AC1", "region": "AU1", "defaultCountry": None}

    assert translate_settings(ours) == ours


def test_no_secret_is_printed() -> None:
    settings = TwilioEngageSettings.model_validate({**translate_settings(ORIGINAL), "authToken": "t0ken"})

    shown = f"{settings} {settings!r}"

    assert not any(secret in shown for secret in ("s3cret", "pr0file", "t0ken"))


def test_the_defaults_are_those_of_the_schema() -> None:
    settings = TwilioEngageSettings.model_validate({"accountSid": "AC1"})

    assert settings.model_dump(by_alias=True, exclude_none=True) == {
        "accountSid": "AC1",
        "apiKeys": (),
        "authTokens": (),
        "region": "US1",
        "webhookFormat": "EVENTS",
        "webhookEvents": (),
        "webhookSecrets": (),
        "shortenLinks": True,
    }


def test_a_token_of_the_first_releases_is_the_only_one_of_a_list() -> None:
    settings = TwilioEngageSettings.model_validate({"accountSid": "AC1", "authToken": "t0ken"})

    [token] = settings.auth_tokens
    assert (token.id, token.state, token.secret.get_secret_value()) == (kit.FIRST_TOKEN, "ACTIVE", "t0ken")
    assert settings.auth_token == token.secret
    assert TwilioEngageSettings.model_validate({"accountSid": "AC1", "authToken": None}).auth_tokens == ()
