"""Consent as a plan reads it."""

import pytest

from destinations.kit import Channel, ConsentStatus
from gateway.facts.consent import ConsentFacts
from gateway.secrets import Secrets
from gateway.storage import consent
from gateway.storage.engine import Store
from tests.factories import word

SECRETS = Secrets(["a key of the tests' own"])
FORMS = ["+5215512345678", "+525512345678"]


@pytest.mark.parametrize("said_of", FORMS)
@pytest.mark.parametrize("sent_to", FORMS)
async def test_a_word_on_whatsapp_and_a_send_to_the_other_form_of_the_number_meet(
    store: Store, said_of: str, sent_to: str
) -> None:
    yes = word(phone=said_of, channel=Channel.WHATSAPP)
    await store.write(lambda c: consent.add(c, yes))
    facts = ConsentFacts(store, SECRETS, "default", {})

    found = await facts.consent(sent_to, Channel.WHATSAPP)

    assert found is not None
    assert found.status is ConsentStatus.SUBSCRIBED
    assert facts.read == {("+525512345678", Channel.WHATSAPP): 1}
    assert await facts.consent(sent_to, Channel.SMS) is None


async def test_a_word_by_sms_is_about_the_person_too(store: Store) -> None:
    await store.write(lambda c: consent.add(c, word(phone=FORMS[0])))
    facts = ConsentFacts(store, SECRETS, "default", {})

    assert await facts.consent(FORMS[0], Channel.MMS) is not None
    assert await facts.consent(FORMS[1], Channel.MMS) is not None
