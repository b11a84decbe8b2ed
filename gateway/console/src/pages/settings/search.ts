import type { JobKind } from "../../api/schema.ts";
import { WORDS } from "../../api/words.ts";

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

export type OpenSearch = { open?: string };

/** Which source is open; "new": the form for another. */
export const openSearch = (search: Record<string, unknown>): OpenSearch => ({ open: text(search.open) });

export type WebhooksSearch = { open?: string; destinationId?: string; dead?: boolean };

/** Whose webhook it is, and whether only what was given up is listed, or only the rest. */
export const webhooksSearch = (search: Record<string, unknown>): WebhooksSearch => ({
  open: text(search.open),
  destinationId: text(search.destinationId),
  dead: typeof search.dead === "boolean" ? search.dead : undefined,
});

export type AuditSearch = { targetId?: string };

/** To what was done what is listed. */
export const auditSearch = (search: Record<string, unknown>): AuditSearch => ({
  targetId: text(search.targetId),
});

export type JobsSearch = { open?: string; kind?: JobKind };

/** Which job is open, and of which kind they are. */
export const jobsSearch = (search: Record<string, unknown>): JobsSearch => ({
  open: text(search.open),
  kind:
    typeof search.kind === "string" && Object.hasOwn(WORDS.JobKind, search.kind)
      ? (search.kind as JobKind)
      : undefined,
});
