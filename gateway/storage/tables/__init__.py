"""Every table, once: a module for each thing they are about. A change here needs a migration; a test compares the two."""

from gateway.storage.tables.audit import audit_entries
from gateway.storage.tables.background import IS_THE_ONLY_ONE, background_jobs, replay_items
from gateway.storage.tables.base import metadata
from gateway.storage.tables.configured import (
    api_tokens,
    channel_switches,
    configuration,
    destinations,
    idempotency_keys,
    mappings,
    retired_keys,
    source_destinations,
    sources,
    space_pauses,
)
from gateway.storage.tables.counted import stats, stats_changes
from gateway.storage.tables.forgotten import (
    delivery_tombstones,
    erased_refusals,
    erasures,
    retention_marks,
    retention_waits,
)
from gateway.storage.tables.ledger import IS_AWAITING_PROFILE, attempts, deliveries, status_callbacks
from gateway.storage.tables.people import (
    consent_history,
    contacts,
    conversations,
    external_contacts,
    identities,
    inbound_keys,
    inbound_messages,
    opt_out_notices,
    people,
    person_phones,
    unmatched_callbacks,
)
from gateway.storage.tables.processes import ledger, turns
from gateway.storage.tables.queue import (
    IS_OF_DELIVERY,
    IS_PACED,
    OF_A_DELIVERY,
    OF_A_RECEIVER,
    buried_jobs,
    jobs,
)
from gateway.storage.tables.received import (
    IS_TROUBLED,
    event_keys,
    event_repetitions,
    events,
    invalid_keys,
    source_refusals,
)
from gateway.storage.tables.synced import IS_DOUBTED, IS_STOPPED, senders, syncs, templates
from gateway.storage.tables.told import IS_FAILING, webhook_deliveries

__all__ = [
    "IS_AWAITING_PROFILE",
    "IS_DOUBTED",
    "IS_FAILING",
    "IS_OF_DELIVERY",
    "IS_PACED",
    "IS_STOPPED",
    "IS_THE_ONLY_ONE",
    "IS_TROUBLED",
    "OF_A_DELIVERY",
    "OF_A_RECEIVER",
    "api_tokens",
    "attempts",
    "audit_entries",
    "background_jobs",
    "buried_jobs",
    "channel_switches",
    "configuration",
    "consent_history",
    "contacts",
    "conversations",
    "deliveries",
    "delivery_tombstones",
    "destinations",
    "erased_refusals",
    "erasures",
    "event_keys",
    "event_repetitions",
    "events",
    "external_contacts",
    "idempotency_keys",
    "identities",
    "inbound_keys",
    "inbound_messages",
    "invalid_keys",
    "jobs",
    "ledger",
    "mappings",
    "metadata",
    "opt_out_notices",
    "people",
    "person_phones",
    "replay_items",
    "retention_marks",
    "retention_waits",
    "retired_keys",
    "senders",
    "source_destinations",
    "source_refusals",
    "sources",
    "space_pauses",
    "stats",
    "stats_changes",
    "status_callbacks",
    "syncs",
    "templates",
    "turns",
    "unmatched_callbacks",
    "webhook_deliveries",
]
