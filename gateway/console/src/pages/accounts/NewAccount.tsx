import { Code, Loader, Text } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";

import { useAnswer } from "../../api/queries.ts";
import { Empty } from "../../parts/Empty.tsx";
import { Failure } from "../../parts/Failure.tsx";
import { Page } from "../../parts/Page.tsx";
import { useMay } from "../../shell/viewer.ts";
import { FirstSteps } from "./FirstSteps.tsx";
import { NewAccountForm } from "./NewAccountForm.tsx";
import { DefinitionsDocument } from "./new.graphql.ts";

/** Adding an account: what it is, then verify it, then connect a source to it. */
export function NewAccount() {
  const isAdmin = useMay("ADMIN");
  const { made } = useSearch({ from: "/accounts/new" });
  const navigate = useNavigate();
  const { data, error } = useAnswer(DefinitionsDocument, {}, { enabled: isAdmin && !made });

  if (!isAdmin)
    return (
      <Page oneOf="accounts" title="Add an account">
        <Empty title="Only an admin adds accounts">Ask an admin, or sign in with an admin's token.</Empty>
      </Page>
    );
  if (made)
    return (
      <Page oneOf="accounts" title="Add an account">
        <FirstSteps key={made} id={made} />
      </Page>
    );
  return (
    <Page oneOf="accounts" title="Add an account">
      <Failure of={error} />
      {!data && !error && <Loader aria-label="Loading" />}
      {data && (
        <>
          <Text size="sm" c="dimmed" mb="lg" maw={640}>
            Texts go out through your account at a provider. What you fill in here is kept encrypted; secrets
            are never shown again. To try it without one, <Code>heliograph simulator</Code> starts a stand-in
            and prints what to fill in.
          </Text>
          <NewAccountForm
            definitions={data.definitions}
            onMade={(id) => navigate({ to: "/accounts/new", search: { made: id }, replace: true })}
          />
        </>
      )}
    </Page>
  );
}
