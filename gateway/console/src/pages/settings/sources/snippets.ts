import type { SourceTrust } from "../../../api/schema.ts";

export type Snippet = {
  name: string;
  /** What to do besides pasting. */
  note?: string;
  code: string;
};

type Given = { origin: string; key: string; sourceId: string; trust: SourceTrust };

const PERSON = "dora";
const PHONE = "+12025550144";

/** How to send the first event with each of the SDKs, with this server's address and the source's key filled in. */
export function snippetsFor(given: Given): Snippet[] {
  return given.trust === "BROWSER"
    ? [analyticsJs(given)]
    : [curl(given), node(given), python(given), go(given), ruby(given), segment(given), rudderStack(given)];
}

function analyticsJs({ origin, key }: Given): Snippet {
  const { host, protocol } = new URL(origin);
  return {
    name: "analytics.js",
    note: "npm install @segment/analytics-next. What a page says may end consent; it never gives a number or an opt-in.",
    code: `import { AnalyticsBrowser } from "@segment/analytics-next";

const analytics = AnalyticsBrowser.load(
  { writeKey: "${key}", cdnURL: "${origin}" },
  { integrations: { "Segment.io": { apiHost: "${host}/v1", protocol: "${protocol.slice(0, -1)}" } } },
);

analytics.identify("${PERSON}");
analytics.track("Product Viewed", { title: "Moby Dick" });`,
  };
}

function curl({ origin, key }: Given): Snippet {
  return {
    name: "curl",
    code: `curl -s -u "${key}:" ${origin}/v1/batch -H "Content-Type: application/json" -d '{"batch": [
  {"type": "identify", "userId": "${PERSON}", "traits": {"phone": "${PHONE}", "sms_opt_in": true}},
  {"type": "track", "userId": "${PERSON}", "event": "Order Placed", "properties": {"total": 25}}
]}'`,
  };
}

function node({ origin, key }: Given): Snippet {
  return {
    name: "Node.js",
    note: "npm install @segment/analytics-node",
    code: `import { Analytics } from "@segment/analytics-node";

const analytics = new Analytics({ writeKey: "${key}", host: "${origin}" });

analytics.identify({ userId: "${PERSON}", traits: { phone: "${PHONE}", sms_opt_in: true } });
analytics.track({ userId: "${PERSON}", event: "Order Placed", properties: { total: 25 } });
await analytics.closeAndFlush();`,
  };
}

function python({ origin, key }: Given): Snippet {
  return {
    name: "Python",
    note: "pip install segment-analytics-python",
    code: `from segment.analytics import Client

analytics = Client("${key}", host="${origin}")
analytics.identify("${PERSON}", {"phone": "${PHONE}", "sms_opt_in": True})
analytics.track("${PERSON}", "Order Placed", {"total": 25})
analytics.shutdown()`,
  };
}

function go({ origin, key }: Given): Snippet {
  return {
    name: "Go",
    note: "go get github.com/segmentio/analytics-go/v3",
    code: `package main

import "github.com/segmentio/analytics-go/v3"

func main() {
	client, err := analytics.NewWithConfig("${key}", analytics.Config{Endpoint: "${origin}"})
	if err != nil {
		panic(err)
	}
	defer client.Close()

	client.Enqueue(analytics.Identify{
		UserId: "${PERSON}",
		Traits: analytics.NewTraits().SetPhone("${PHONE}").Set("sms_opt_in", true),
	})
	client.Enqueue(analytics.Track{
		UserId:     "${PERSON}",
		Event:      "Order Placed",
		Properties: analytics.NewProperties().Set("total", 25),
	})
}`,
  };
}

function ruby({ origin, key }: Given): Snippet {
  const { hostname, port, protocol } = new URL(origin);
  const isPlain = protocol === "http:";
  return {
    name: "Ruby",
    note: [
      "gem install analytics-ruby. Keep the path: without it the gem sends all events as history, and history is never texted for.",
      isPlain ? "The gem speaks https alone, so put a proxy with a certificate before this address." : "",
    ]
      .join(" ")
      .trim(),
    code: `require "segment/analytics"

analytics = Segment::Analytics.new(
  write_key: "${key}",
  host: "${hostname}",
  port: ${port || (isPlain ? 80 : 443)},
  path: "/v1/batch"
)
analytics.identify(user_id: "${PERSON}", traits: { phone: "${PHONE}", sms_opt_in: true })
analytics.track(user_id: "${PERSON}", event: "Order Placed", properties: { total: 25 })
analytics.flush`,
  };
}

function segment({ origin, sourceId }: Given): Snippet {
  return {
    name: "Segment",
    note:
      "Segment stays, and sends its events on. Give this source a shared secret first; it then takes signed events alone. In Segment: " +
      "Catalog, Webhooks (Actions). Leave batching off: of a batch Segment signs the first event alone.",
    code: `Settings → Advanced → Shared Secret:  the shared secret of this source
Mapping → URL:     ${origin}/v1/events/${sourceId}
Mapping → Method:  POST
Mapping → Data:    $.   (the whole event, as it stands)`,
  };
}

function rudderStack({ origin, key }: Given): Snippet {
  return {
    name: "RudderStack",
    note: "RudderStack's Webhook destination signs nothing: this source must have no shared secret.",
    code: `Destinations → Webhook
Webhook URL:  ${origin}/v1/events
Method:       POST
Header:       Authorization
Value:        Basic ${key.startsWith("hwk_") ? btoa(`${key}:`) : `(the Base64 of ${key}:)`}`,
  };
}
