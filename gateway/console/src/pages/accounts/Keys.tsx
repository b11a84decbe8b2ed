import { Loader, Stack } from "@mantine/core";

import { useChange } from "../../api/queries.ts";
import { Failure } from "../../parts/Failure.tsx";
import { KeyList } from "./KeyList.tsx";
import { kindOf } from "./settings.ts";
import type { AccountWhole } from "./shapes.ts";
import {
  AddKeyDocument,
  AddTokenDocument,
  PromoteKeyDocument,
  PromoteTokenDocument,
  RemoveKeyDocument,
  RemoveTokenDocument,
} from "./tabs.graphql.ts";
import { keysOf, useSettings } from "./useSettings.ts";
import { WebhookSecret } from "./WebhookSecret.tsx";

/** The keys and tokens of an account, to be rotated step by step, and the secret that its webhook is signed with. */
export function Keys({ account }: { account: AccountWhole }) {
  const { slug, settingsFields: fields } = account.definition;
  const { data, error } = useSettings(account.id, slug, fields);
  const addKey = useChange(AddKeyDocument);
  const promoteKey = useChange(PromoteKeyDocument);
  const removeKey = useChange(RemoveKeyDocument);
  const addToken = useChange(AddTokenDocument);
  const promoteToken = useChange(PromoteTokenDocument);
  const removeToken = useChange(RemoveTokenDocument);
  if (error && !data) return <Failure of={error} title="The keys could not be read" />;
  if (!data) return <Loader aria-label="Loading" aria-busy="true" />;
  const at = { id: account.id, expectedRevision: data.revision };
  const keys = fields.find((field) => kindOf(field, fields) === "KEYS");
  const tokens = fields.find((field) => kindOf(field, fields) === "TOKENS");
  const hasWebhook = fields.some((field) => field.key === "webhookUrl");
  return (
    <Stack gap="md" maw={960}>
      {keys && (
        <KeyList
          title="API keys"
          one="API key"
          what="Requests to the provider are made with the active one."
          afterRemoval="Revoke it at the provider after this, not before: requests under way finish with it."
          hasSid
          keys={keysOf(data.settings, keys.shownAs)}
          onAdd={({ sid, secret, label, idempotencyKey }) =>
            addKey.runAsync({ input: { ...at, apiKeySid: sid, apiKeySecret: secret, label, idempotencyKey } })
          }
          onPromote={(key) => promoteKey.runAsync({ input: { ...at, apiKeySid: key.sid ?? "" } })}
          onRemove={(key) => removeKey.runAsync({ input: { ...at, apiKeySid: key.sid ?? "" } })}
        />
      )}
      {tokens && (
        <KeyList
          title={tokens.label.endsWith("s") ? tokens.label : `${tokens.label}s`}
          one={tokens.label}
          what="The provider signs its calls with it. While two are here, calls signed with either are believed."
          afterRemoval="From then on no call that is signed with it is believed."
          hasSid={false}
          keys={keysOf(data.settings, tokens.shownAs)}
          onAdd={({ secret, label, idempotencyKey }) =>
            addToken.runAsync({ input: { ...at, authToken: secret, label, idempotencyKey } })
          }
          onPromote={(token) => promoteToken.runAsync({ input: { ...at, authTokenId: token.id ?? "" } })}
          onRemove={(token) => removeToken.runAsync({ input: { ...at, authTokenId: token.id ?? "" } })}
        />
      )}
      {hasWebhook && (
        <WebhookSecret
          id={account.id}
          revision={data.revision}
          url={data.settings.webhookUrl as string | null}
        />
      )}
    </Stack>
  );
}
