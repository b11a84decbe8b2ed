"""What the ending of a media address says of the file, and what carriers make of such a file in an MMS.

The table is `media_endings.json`: `pictures` are those that Twilio takes and carriers deliver, `refused` those picture formats
that no carrier takes, each with what it is and where that is written. Of every other ending nobody can say it beforehand:
what decides is the content type that the address answers with.
"""

import json
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any
from urllib.parse import unquote, urlsplit

_TABLE: Mapping[str, Any] = json.loads(files(__package__).joinpath("media_endings.json").read_text("utf-8"))
_PICTURES = frozenset(_TABLE["pictures"]["endings"])
_REFUSED: Mapping[str, str] = {ending: row["is"] for ending, row in _TABLE["refused"].items()}
# With a letter: what follows the dot in /v1.2 ends no file's name.
_ENDING = re.compile(r"(?=.*[a-z])[a-z0-9]{1,10}")


def refused(media: Sequence[str]) -> str | None:
    """Why these media can't go out, in words: the first whose ending names what no carrier takes."""
    for ending in map(_ending, media):
        if ending in _REFUSED:
            return (
                f"No carrier takes .{ending} in an MMS, {_REFUSED[ending]}; Twilio error 12300 would follow."
            )
    return None


def doubtful(media: Sequence[str]) -> str | None:
    """What is worth knowing of media whose ending names no picture, in words; None where there are none."""
    endings = dict.fromkeys(f".{ending}" for ending in map(_ending, media) if ending not in {"", *_PICTURES})
    if not endings:
        return None
    return (
        f"{', '.join(endings)} is no ending of a picture: not every carrier delivers such a file, and Twilio refuses one whose "
        "content type it does not take (error 12300)."
    )


def _ending(url: str) -> str:
    """What the name of the file ends with, in lower case and without the dot; "" where it has no ending."""
    try:
        path = urlsplit(url.strip()).path
    except ValueError:
        return ""
    # Decoded after it was taken apart: an escaped ? or # belongs to the name.
    name = unquote(path.rpartition("/")[2]).rpartition("/")[2].partition(";")[0].strip()
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    return ending if _ENDING.fullmatch(ending) else ""
