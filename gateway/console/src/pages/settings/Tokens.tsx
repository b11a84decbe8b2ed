import { Button, Text } from "@mantine/core";
import { useState } from "react";

import { useRows } from "../../api/queries.ts";
import { session } from "../../api/session.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Empty } from "../../parts/Empty.tsx";
import { Tag } from "../../parts/Tag.tsx";
import { When } from "../../parts/When.tsx";
import { spelled } from "../../parts/words.ts";
import { useMay, useViewer } from "../../shell/viewer.ts";
import { SettingsPage } from "./SettingsPage.tsx";
import { NewToken } from "./tokens/NewToken.tsx";
import { RevokeToken } from "./tokens/RevokeToken.tsx";
import { Roles } from "./tokens/Roles.tsx";
import { TokensDocument, type TokensQuery } from "./tokens/tokens.graphql.ts";

export type Token = TokensQuery["apiTokens"]["edges"][number]["node"];

/** Who may ask for what: the tokens, and what each role may. */
export function Tokens() {
  const isAdmin = useMay("ADMIN");
  const [making, setMaking] = useState(false);
  return (
    <SettingsPage
      title="Tokens and roles"
      actions={isAdmin && <Button onClick={() => setMaking(true)}>New token</Button>}
    >
      {isAdmin ? <TokenList /> : <Mine />}
      <Roles />
      {isAdmin && <NewToken opened={making} onClose={() => setMaking(false)} />}
    </SettingsPage>
  );
}

function TokenList() {
  const list = useRows(TokensDocument, {}, (result) => result.apiTokens);
  const isMine = useIsMine();
  const columns: Column<Token>[] = [
    {
      name: "For",
      of: (token) => (
        <>
          {token.name} {isMine(token) && <Tag tone="blue">You are signed in with it</Tag>}
        </>
      ),
    },
    {
      name: "Role",
      of: (token) => <Tag tone={token.role === "ADMIN" ? "amber" : "grey"}>{spelled(token.role)}</Tag>,
    },
    {
      name: "Token",
      wide: true,
      of: (token) => (
        <Text span size="sm" ff="monospace">
          ••••{token.lastFour}
        </Text>
      ),
    },
    { name: "Made", wide: true, of: (token) => <When at={token.createdAt} /> },
    {
      name: "Last used",
      wide: true,
      of: (token) => (token.lastUsedAt ? <When at={token.lastUsedAt} ago /> : "Never"),
    },
    {
      name: "Revoke",
      isPlain: true,
      align: "right",
      of: (token) => <RevokeToken token={token} isMine={isMine(token)} />,
    },
  ];
  return (
    <DataTable
      label="Tokens"
      columns={columns}
      {...list}
      keyOf={(token) => token.id}
      empty={
        <Empty title="No token but that of HELIOGRAPH_ADMIN_TOKEN">
          Give each colleague and each program a token of its own, with the role that it needs: the audit log
          then says who did what.
        </Empty>
      }
    />
  );
}

function Mine() {
  const { name, role } = useViewer();
  return (
    <Text size="sm">
      You are signed in with the token “{name}”, whose role is {spelled(role)}. An admin makes and revokes
      tokens.
    </Text>
  );
}

/** Whether a token is the one that the page asks with: the API does not say which that is, its name and its end do. */
function useIsMine() {
  const { name, role } = useViewer();
  const end = session.token().slice(-4);
  return (token: Token) => token.name === name && token.role === role && token.lastFour === end;
}
