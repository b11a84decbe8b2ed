"""The table of situations as docs/who-may-be-texted.md shows it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from destinations.kit import Policy
from tests.situations.telling import NOON, Outcome, Situation

BEGIN, END = "<!-- situations: written by tests/situations -->", "<!-- /situations -->"
_NAMES = {
    "opt_out_words": "optOutWords",
    "quiet_hours_start": "quietHoursStart",
    "quiet_hours_end": "quietHoursEnd",
    "daily_message_limit": "dailyMessageLimit",
    "per_recipient_daily_limit": "perRecipientDailyLimit",
    "per_recipient_weekly_limit": "perRecipientWeeklyLimit",
    "allowed_countries": "allowedCountries",
    "test_numbers": "testNumbers",
    "require_dlt_for_india": "requireDltForIndia",
}
_WORDS = {"ACCEPTED": "sent", "HELD": "waits", "SUPPRESSED": "not sent", "NONE": "nothing is made"}


def rendered(groups: Mapping[str, Sequence[Situation]]) -> str:
    return "\n\n".join("\n".join(_group(title, rows)) for title, rows in groups.items())


def _group(title: str, rows: Sequence[Situation]) -> Iterator[str]:
    yield f"## {title}\n"
    yield "| situation | what happened | what becomes of it |"
    yield "| --- | --- | --- |"
    for one in rows:
        yield f"| {one.name} | {_happened(one)} | {_became(one.outcome, one.sends)} |"


def _happened(one: Situation) -> str:
    steps = [step.words for step in one.happens]
    when = "" if one.now == NOON else f"{_time(one.now)}: "
    beside = [*_mapping(one), *_policy(one.policy)]
    return when + " → ".join(steps) + (f"; {', '.join(beside)}" if beside else "")


def _mapping(one: Situation) -> Iterator[str]:
    for name, value in one.mapping.items():
        if name == "action":
            yield str(value)
        elif name == "fields":
            yield (
                "fields `"
                + ", ".join(f"{key}: {said}" for key, said in value.items()).replace("|", "\\|")
                + "`"
            )
        elif name == "purpose":
            yield str(value)
        else:
            yield f"`{name}: {value}`"


def _policy(policy: Policy | None) -> Iterator[str]:
    usual = Policy()
    if policy is None:
        yield "a new destination"
        return
    for name, shown in _NAMES.items():
        value = getattr(policy, name)
        if value != getattr(usual, name):
            said = ", ".join(sorted(value)) if isinstance(value, frozenset) else value
            yield f"`{shown}: {said}`"


def _became(outcome: Outcome, sends: int) -> str:
    words = _WORDS.get(outcome.status, outcome.status)
    said = f"**{words}**" + (f" `{outcome.reason}`" if outcome.reason else "")
    if outcome.until is not None:
        said += f" until {_time(outcome.until)}"
    if outcome.to is not None:
        said += f" to {outcome.to}"
    if outcome.text is not None:
        said += ": “" + outcome.text.replace("\n", " ⏎ ") + "”"
    before = sends - (outcome.status == "ACCEPTED")
    return said + (f"; {before} before it {'was' if before == 1 else 'were'} sent" if before else "")


def _time(moment: datetime) -> str:
    zone = "UTC" if moment.tzinfo is UTC else str(moment.tzinfo).rsplit("/", 1)[-1].replace("_", " ")
    return f"{moment:%a %Y-%m-%d %H:%M:%S} in {zone}"
