import { Text } from "@mantine/core";

import { useChange } from "../../../api/queries.ts";
import { ConfirmButton } from "../../../parts/ConfirmButton.tsx";
import { When } from "../../../parts/When.tsx";
import { spelled } from "../../../parts/words.ts";
import type { Token } from "../Tokens.tsx";
import { TokenRevokeDocument } from "./tokens.graphql.ts";

/** Revokes a token, after it was said whose it is. */
export function RevokeToken({ token, isMine }: { token: Token; isMine: boolean }) {
  const revoke = useChange(TokenRevokeDocument);
  return (
    <ConfirmButton
      label="Revoke"
      aria-label={`Revoke ${token.name}`}
      confirm={isMine ? "Revoke it and sign me out" : "Revoke"}
      size="compact-sm"
      danger
      onConfirm={() => revoke.runAsync({ input: { id: token.id } })}
    >
      {isMine && (
        <Text size="sm" fw={600} mb={6}>
          You are signed in with this token. You are signed out at once, and need another to come back.
        </Text>
      )}
      <Text size="sm">
        Whoever uses “{token.name}” ({spelled(token.role)}, ends in {token.lastFour}) is refused from the next
        request on. This can't be taken back.{" "}
        {token.lastUsedAt ? (
          <>
            It was last used <When at={token.lastUsedAt} ago />.
          </>
        ) : (
          "It was never used."
        )}
      </Text>
    </ConfirmButton>
  );
}
