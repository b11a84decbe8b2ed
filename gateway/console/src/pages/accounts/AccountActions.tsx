import { Text } from "@mantine/core";

import { useChange } from "../../api/queries.ts";
import { ConfirmButton } from "../../parts/ConfirmButton.tsx";
import { ButtonLink } from "../../parts/links.tsx";
import { PauseOrResume } from "../../parts/pausing/PauseOrResume.tsx";
import { VerifyButton } from "../../parts/VerifyButton.tsx";
import { useMay } from "../../shell/viewer.ts";
import { UpdateAccountDocument } from "./account.graphql.ts";
import { DeleteAccount } from "./DeleteAccount.tsx";
import type { AccountWhole } from "./shapes.ts";

/** What can be done with an account as a whole. */
export function AccountActions({ account }: { account: AccountWhole }) {
  const isAdmin = useMay("ADMIN");
  const mayPause = useMay("OPERATOR");
  return (
    <>
      <ButtonLink variant="subtle" to="/mappings" search={{ destinationId: account.id }}>
        Its mappings
      </ButtonLink>
      {isAdmin && (
        <VerifyButton account={account} variant={account.status === "VERIFIED" ? "default" : "filled"} />
      )}
      {mayPause && <PauseOrResume account={account} />}
      {isAdmin && <Switching account={account} />}
      {isAdmin && <DeleteAccount account={account} />}
    </>
  );
}

function Switching({ account: { id, name, enabled, revision } }: { account: AccountWhole }) {
  const update = useChange(UpdateAccountDocument);
  return (
    <ConfirmButton
      label={enabled ? "Disable" : "Enable"}
      confirm={`${enabled ? "Disable" : "Enable"} ${name}`}
      onConfirm={() => update.runAsync({ input: { id, expectedRevision: revision, enabled: !enabled } })}
    >
      <Text size="sm">
        {enabled
          ? "What comes for it from now on is not sent, and not kept to be sent later. To let it wait instead, pause the account."
          : "What comes from now on is sent again. What came while it was disabled is not."}
      </Text>
    </ConfirmButton>
  );
}
