"""Looks for the messages that lost answers may have created, in the provider's own list.

| of one sender | is read |
| --- | --- |
| up to three recipients, or a sender that can't be asked for (a Messaging Service, a name) | the list of each recipient |
| more | its list since the first of them; then that of each recipient that five pages do not settle |

The list can be asked for a day. Whether a message that was not sent yet matches a day is not documented, so the day is asked
first and then, without it, the newest page. Where a read fails, what the pages before it showed holds: who could only be on
those after it is not known, and is looked for again.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from destinations import kit
from destinations.twilio_engage.likeness import Sent
from destinations.twilio_engage.message_list import (
    MOST_PAGES,
    OF_A_SENDER,
    Listed,
    Look,
    day_of,
    is_listed_by,
    pages,
    side_by_side,
)
from destinations.twilio_engage.search import ANOTHERS, Asked, Search, address
from destinations.twilio_engage.settings import TwilioEngageSettings

_FEW = 3
"""Up to so many recipients of a sender are asked for one by one."""

_OF_A_RECIPIENT = {"PageSize": "100"}

_Answer = kit.Accepted | kit.NotKnown | None


async def find_messages(
    asked: Sequence[kit.Reconciliation], taken: kit.Taken, context: kit.Context[TwilioEngageSettings]
) -> Mapping[str, _Answer]:
    """By key the message that the request created; None where the list shows none that is not another Delivery's.

    NotKnown where the list could not be read, or shows a message that may be the one, but not what it says. A message is given
    once: to the one whose text and time fit best. Raises nothing of the provider's.
    """
    searches, look = _searches(asked), Look(context)
    listed, alone = _by_sender(searches)
    await side_by_side(_look_by_sender(sender, several, taken, look) for sender, several in listed.items())
    unsettled = [
        search
        for several in listed.values()
        for search in several
        if not (search.whole or search.failure or search.is_found())
    ]
    await side_by_side(_look_by_recipient(search, taken, look) for search in (*alone, *unsettled))
    return _each_once(searches)


def _searches(asked: Sequence[kit.Reconciliation]) -> tuple[Search, ...]:
    """One for each recipient, in the order of what began first."""
    about = Counter(kit.canonical(one.recipient) for one in asked)
    by_recipient: dict[str, list[Asked]] = {}
    for one in sorted(asked, key=lambda one: (one.started_at, one.key)):
        sent = Sent.of(one.request.form)
        alone = one.alone and about[kit.canonical(one.recipient)] == 1
        by_recipient.setdefault(sent.to, []).append(Asked(one.key, sent, one.started_at, alone))
    return tuple(map(Search, by_recipient.values()))


def _by_sender(searches: Sequence[Search]) -> tuple[Mapping[str, list[Search]], Sequence[Search]]:
    """Those that are looked for in the list of a sender, by it, and those that are looked for by themselves."""
    listed: dict[str, list[Search]] = {}
    alone: list[Search] = []
    forms = Counter(address(search.to) for search in searches)
    for search in searches:
        senders = {one.sent.sender for one in search.asked}
        sender = senders.pop()
        number = address(search.to)
        # In a sender's list a number is told from others, not one form of it from another.
        if senders or not is_listed_by(sender) or number is None or forms[number] > 1:
            alone.append(search)
        else:
            listed.setdefault(sender, []).append(search)
    for few in [sender for sender, several in listed.items() if len(several) <= _FEW]:
        alone += listed.pop(few)
    return listed, alone


async def _look_by_recipient(search: Search, taken: kit.Taken, look: Look) -> None:
    to = {"To": search.to}
    dated = {**to, "DateSent>": day_of(search.earliest), **_OF_A_RECIPIENT}
    whole = False
    try:
        for query, most in ((dated, MOST_PAGES), ({**to, **_OF_A_RECIPIENT}, 1)):
            async for page in pages(look, query, most):
                await _show({None: search}, [(None, one) for one in page.messages], taken)
                if search.is_found():
                    return
                # The newest page alone is enough: what is older and was sent, the day has shown.
                if most > 1 and page.reaches(search.earliest):
                    whole = True
                    break
            if search.is_decided():
                return
    except kit.IntegrationError as error:
        search.failure = error.message
    search.whole = whole


async def _look_by_sender(sender: str, searches: Sequence[Search], taken: kit.Taken, look: Look) -> None:
    """What the pages do not settle is left as it is, for a look at each recipient, unless it was a read that failed."""
    by_address = {address(search.to): search for search in searches}
    of_sender = {"From": sender, **OF_A_SENDER}
    first = min(search.earliest for search in searches)
    left, open_ = MOST_PAGES, list(searches)
    for query in ({**of_sender, "DateSent>": day_of(first)}, of_sender):
        reached: list[Search] = []
        try:
            async for page in pages(look, query, left):
                left -= 1
                addressed = [(address(str(one.resource.get("to"))), one) for one in page.messages]
                await _show(by_address, addressed, taken)
                # A recipient that is hidden may be any of them: then only the list of each says more.
                if any(known is None for known, _ in addressed):
                    return
                reached = [search for search in open_ if search in reached or page.reaches(search.earliest)]
                if len(reached) == len(open_) or all(search.is_found() for search in searches):
                    break
        except kit.IntegrationError as error:
            for search in open_:
                search.failure = None if search in reached else error.message
        open_ = reached
        if not open_ or all(search.is_decided() for search in open_):
            break
    for search in open_:
        search.whole = True


async def _show(
    searches: Mapping[str | None, Search], messages: Sequence[tuple[str | None, Listed]], taken: kit.Taken
) -> None:
    """Show each search the messages to its recipient that are no other Delivery's."""
    to_each: dict[str | None, list[Listed]] = {}
    for recipient, message in messages:
        if recipient in searches:
            to_each.setdefault(recipient, []).append(message)
    like = {recipient: searches[recipient].like(several) for recipient, several in to_each.items()}
    sids = tuple(one.message.sid for several in like.values() for one in several)
    others = await taken(sids) if sids else frozenset()
    for recipient, several in like.items():
        searches[recipient].show(one for one in several if one.message.sid not in others)


def _each_once(searches: Sequence[Search]) -> dict[str, _Answer]:
    """The answers of all; of a message that two lists show, whatever they were asked for, only the first has it."""
    answers: dict[str, _Answer] = {}
    given: set[str] = set()
    for search in searches:
        for key, answer in search.answers().items():
            sid = answer.message_sid if isinstance(answer, kit.Accepted) else None
            answers[key] = kit.NotKnown(ANOTHERS) if sid in given else answer
            given |= set() if sid is None else {sid}
    return answers
