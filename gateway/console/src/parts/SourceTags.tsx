import type { SourceTrust } from "../api/schema.ts";
import { Tag } from "./Tag.tsx";

/** Where a source's key is kept, which is how far it is believed. */
export const TRUST_NAMES: Record<SourceTrust, string> = { SERVER: "Server", BROWSER: "Browser or app" };

/** How far a source is believed. */
export function TrustTag({ trust }: { trust: SourceTrust }) {
  return <Tag tone={trust === "SERVER" ? "blue" : "grey"}>{TRUST_NAMES[trust]}</Tag>;
}

/** That a source's events are refused; nothing where they are taken. */
export function DisabledTag({ source: { enabled } }: { source: { enabled: boolean } }) {
  if (enabled) return null;
  return (
    <Tag tone="grey" title="Its events are refused.">
      Disabled
    </Tag>
  );
}
