"""The provider's requests as values, and what its answers mean."""

from collections.abc import Sequence
from urllib.parse import quote

from destinations import kit
from tests.destinations.toy.pager.settings import Settings

HOST = "pager.example"
_STOP = kit.ConsentChanged(
    None, kit.Channel.SMS, kit.ConsentStatus.UNSUBSCRIBED, stop=True, evidence="STOPPED"
)


def api(settings: Settings, allowed_hosts: frozenset[str], *path: str) -> str:
    """The address of a resource. Raises PayloadValidationError for a host that the operator does not allow."""
    if settings.host is not None and settings.host not in allowed_hosts:
        raise kit.PayloadValidationError("The operator does not allow that host.", remedy="Clear `host`.")
    scheme = "http" if (settings.host or "").startswith("127.0.0.1:") else "https"
    steps = "/".join(quote(step, safe="") for step in path)
    return f"{scheme}://{settings.host or HOST}/v1/{steps}"


def get(settings: Settings, url: str) -> kit.HttpRequest:
    return kit.HttpRequest("GET", url, auth=_credentials(settings))


def post(settings: Settings, url: str, form: tuple[tuple[str, str], ...]) -> kit.HttpRequest:
    return kit.HttpRequest("POST", url, form=form, auth=_credentials(settings))


def _credentials(settings: Settings) -> kit.BasicAuth:
    return kit.BasicAuth("pager", settings.token)


def interpret(response: kit.HttpResponse) -> kit.Outcome:
    answer = response.json()
    said = answer if isinstance(answer, dict) else {}
    code = said.get("code")
    if response.ok:
        return kit.Accepted(said.get("id"), kit.MessageStatus.QUEUED)
    if response.status == 429:
        return kit.Throttled("Too many pages.", 429, code, said.get("wait"))
    if response.status == 408 or response.status >= 500:
        return kit.Uncertain(f"It answered {response.status}.", response.status, code)
    return kit.Rejected(
        "The pager refused it.",
        response.status,
        "PAGER_REFUSED",
        code,
        retryable=code == "BUSY",
        consent=_STOP if code == "STOPPED" else None,
    )


async def reconcile(
    asked: Sequence[kit.Reconciliation], taken: kit.Taken, context: kit.Context[Settings]
) -> dict[str, kit.Accepted | kit.NotKnown | None]:
    answers: dict[str, kit.Accepted | kit.NotKnown | None] = {}
    given: set[str] = set()
    for one in asked:
        query = kit.encode_form([("to", one.recipient)])
        url = f"{api(context.settings, context.allowed_hosts, 'pages')}?{query}"
        answer = await context.read(get(context.settings, url))
        listed = answer.json()
        if not answer.ok or not isinstance(listed, list):
            answers[one.key] = kit.NotKnown(f"The list can't be read: {answer.status}.")
            continue
        text = dict(one.request.form).get("text")
        ids = [page["id"] for page in listed if page["text"] == text]
        others = given | await taken(ids)
        found = next((found for found in ids if found not in others), None)
        answers[one.key] = None if found is None else kit.Accepted(found)
        given |= set() if found is None else {found}
    return answers
