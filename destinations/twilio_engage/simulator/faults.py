"""What the next creates do instead of going well, as asked through /_simulator/next or `Simulator.steer`.

Each fault is used up by the creates it applies to (`times`, 1 unless given; null: until a reset) and may be
kept for one recipient (`to`). It applies only to a create that is in order: what is refused anyway uses up no
fault.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

Seconds = Annotated[float, Field(ge=0, le=600)]


class _Fault(BaseModel):
    model_config = ConfigDict(extra="forbid")

    to: str | None = None
    times: Annotated[int, Field(ge=1)] | None = 1


class Refuse(_Fault):
    """Answer with an error; `created`: after the message was made all the same, as a 500 of Twilio may."""

    action: Literal["error"]
    code: int
    status: Annotated[int, Field(ge=400, le=599)] | None = None
    message: str | None = None
    retry_after: Annotated[int, Field(ge=0)] | None = None
    created: bool = False


class Drop(_Fault):
    """Close the connection without a byte of an answer, after the message was made; `created` false: without making it."""

    action: Literal["drop"]
    created: bool = True


class Timeout(_Fault):
    """Make the message at once, leave the client without an answer, and hang up after `seconds`."""

    action: Literal["timeout"]
    seconds: Seconds = 20.0


class Delay(_Fault):
    """Make the message only after `seconds`, even when the client has given up by then, and answer."""

    action: Literal["delay"]
    seconds: Seconds


class Truncate(_Fault):
    """Make the message and answer 201 with the first half of its JSON."""

    action: Literal["truncate"]


class End(_Fault):
    """Answer as usual; the message ends in `status`, with the error `code` if it failed or is undelivered."""

    action: Literal["status"]
    status: Literal["sent", "delivered", "undelivered", "failed", "read"]
    code: int | None = None


Fault = Refuse | Drop | Timeout | Delay | Truncate | End
_adapter: TypeAdapter[Fault] = TypeAdapter(Annotated[Fault, Field(discriminator="action")])


def read_fault(value: Any) -> Fault:
    """The fault that a JSON object describes; raises pydantic.ValidationError with every complaint."""
    return _adapter.validate_python(value)


class Faults:
    """The faults that wait, in the order they were asked for."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, fault: Fault) -> None:
        self._waiting.append(fault)

    def take(self, to: str) -> Fault | None:
        """The first fault for this recipient, used once; None when all goes well."""
        fault = next((fault for fault in self._waiting if fault.to in {None, to}), None)
        if fault is not None and fault.times is not None:
            fault.times -= 1
            if fault.times == 0:
                self._waiting.remove(fault)
        return fault

    def clear(self) -> None:
        self._waiting.clear()
