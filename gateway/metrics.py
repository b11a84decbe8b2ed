"""What /metrics shows. No label grows with the number of people, keys or messages."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

EVENTS = Counter("heliograph_events", "Events by outcome", ["outcome"], registry=REGISTRY)
INGEST_REQUESTS = Counter(
    "heliograph_ingest_requests", "Ingestion requests by class of status", ["status"], registry=REGISTRY
)
REQUESTS_REFUSED = Counter(
    "heliograph_ingest_refused",
    "Ingestion requests refused, by code (rate_limited and too_many_requests among them)",
    ["code"],
    registry=REGISTRY,
)
DELIVERIES = Counter(
    "heliograph_deliveries", "Deliveries by the status they reached", ["status"], registry=REGISTRY
)
CALLBACKS = Counter("heliograph_callbacks", "Provider callbacks by result", ["result"], registry=REGISTRY)
ACCOUNT_FAILURES = Counter(
    "heliograph_account_failures",
    "Destinations that failed, by the provider's code",
    ["code"],
    registry=REGISTRY,
)
SLOWED = Counter(
    "heliograph_slowed", "Times that a sender was too fast and had its pace halved", registry=REGISTRY
)
BURIED = Counter(
    "heliograph_buried",
    "Jobs that the gateway gave up after failures of its own, by kind",
    ["kind"],
    registry=REGISTRY,
)
WEBHOOKS = Counter(
    "heliograph_webhooks",
    "Calls to the webhooks of owners, by what came of them: delivered, failed (tried again), given_up",
    ["result"],
    registry=REGISTRY,
)
FORGOTTEN = Counter(
    "heliograph_forgotten", "Rows that retention emptied or removed, by kind", ["kind"], registry=REGISTRY
)
MISPLACED = Counter(
    "heliograph_misplaced_rows",
    "Rows that were in no partition of their day, on PostgreSQL, until it was made, by table",
    ["table"],
    registry=REGISTRY,
)
COMMIT_SECONDS = Histogram(
    "heliograph_commit_seconds",
    "Time to commit one group of changes",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
    registry=REGISTRY,
)
COMMIT_CHANGES = Histogram(
    "heliograph_commit_changes",
    "Changes in one group",
    buckets=(1, 2, 5, 10, 25, 50, 100, 200),
    registry=REGISTRY,
)
QUEUE_DEPTH = Gauge("heliograph_queue_depth", "Jobs that wait, by kind", ["kind"], registry=REGISTRY)
QUEUE_AGE = Gauge(
    "heliograph_queue_oldest_seconds", "Age of the oldest job that is due", ["kind"], registry=REGISTRY
)
SHARED_DEGRADED = Gauge(
    "heliograph_shared_degraded",
    "Whether what several processes share can't be used now (1), by part",
    ["part"],
    registry=REGISTRY,
)
