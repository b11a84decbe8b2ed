import { Radio, Stack, Switch, TextInput } from "@mantine/core";

import type { SourceTrust } from "../../../api/schema.ts";
import { TRUST_NAMES } from "../../../parts/SourceTags.tsx";
import { TRUST_IN_WORDS } from "./trust.ts";

export type SourceDraft = {
  name: string;
  trust: SourceTrust;
  smsOptInTrait: string;
  whatsappOptInTrait: string;
  pathKeyAllowed: boolean;
};

type Props = { draft: SourceDraft; onChange: (changed: Partial<SourceDraft>) => void };

const TRUSTS: SourceTrust[] = ["SERVER", "BROWSER"];

/** What a person says of a source: who it is, and how far it is believed. `isFirst`: writing begins here. */
export function NameAndTrust({ draft, onChange, isFirst }: Props & { isFirst?: boolean }) {
  return (
    <Stack gap="sm">
      <TextInput
        label="Name"
        description="For people, such as “Shop server”."
        required
        data-autofocus={isFirst}
        autoComplete="off"
        value={draft.name}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
      />
      <Radio.Group
        label="Where its key is kept"
        value={draft.trust}
        onChange={(value) => onChange({ trust: value as SourceTrust })}
      >
        <Stack gap="xs" mt={6}>
          {TRUSTS.map((trust) => (
            <Radio key={trust} value={trust} label={TRUST_NAMES[trust]} description={TRUST_IN_WORDS[trust]} />
          ))}
        </Stack>
      </Radio.Group>
    </Stack>
  );
}

/** The traits that say yes or no, and whether the key may stand in a path. */
export function OptInsAndPath({ draft, onChange }: Props) {
  return (
    <Stack gap="sm">
      <TextInput
        label="Trait for SMS"
        description="The trait of an identify that says yes (true) or no (false) to SMS."
        placeholder="sms_opt_in"
        autoComplete="off"
        value={draft.smsOptInTrait}
        onChange={(event) => onChange({ smsOptInTrait: event.currentTarget.value })}
      />
      <TextInput
        label="Trait for WhatsApp"
        description="The same for WhatsApp."
        placeholder="whatsapp_opt_in"
        autoComplete="off"
        value={draft.whatsappOptInTrait}
        onChange={(event) => onChange({ whatsappOptInTrait: event.currentTarget.value })}
      />
      {draft.trust === "SERVER" && (
        <Switch
          label="The write key may stand in the path"
          description="For senders that can set no header: /v1/events/{writeKey}. Proxies on the way write paths, and the key in them, into their logs."
          checked={draft.pathKeyAllowed}
          onChange={(event) => onChange({ pathKeyAllowed: event.currentTarget.checked })}
        />
      )}
    </Stack>
  );
}
