"""What analytics.js reads at its start: without `Segment.io` among its integrations it sends nothing."""

from urllib.parse import urlsplit

import msgspec


def settings(write_key: str, public_url: str | None) -> bytes:
    """The settings of the page with that key, as JSON.

    Where this gateway knows its address, the library sends there unless the page names another; else it would send to
    Segment's. Its own metrics are off: nobody would read them.
    """
    segment_io: dict[str, object] = {
        "apiKey": write_key,
        "addBundledMetadata": True,
        "unbundledIntegrations": [],
    }
    if public_url is not None:
        url = urlsplit(public_url)
        segment_io |= {"apiHost": f"{url.netloc}{url.path}/v1", "protocol": url.scheme}
    return msgspec.json.encode(
        {
            "integrations": {"Segment.io": segment_io},
            "plan": {"track": {}},
            "analyticsNextEnabled": True,
            "middlewareSettings": {},
            "enabledMiddleware": {},
            "metrics": {"sampleRate": 0},
            "remotePlugins": [],
        }
    )
