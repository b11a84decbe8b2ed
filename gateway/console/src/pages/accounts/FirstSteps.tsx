import { Anchor, Button, Group, Loader, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Check } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";

import { ChangeRefused } from "../../api/ask.ts";
import { useAnswer, useChange } from "../../api/queries.ts";
import { Empty } from "../../parts/Empty.tsx";
import { Failure } from "../../parts/Failure.tsx";
import { AccountTag } from "../../parts/StatusTags.tsx";
import { VerifyAccountDocument } from "../../parts/verifying.graphql.ts";
import { AccountDocument } from "./account.graphql.ts";
import { Checks } from "./Checks.tsx";
import { ConnectSource } from "./ConnectSource.tsx";
import classes from "./FirstSteps.module.css";
import { useAccountChanges } from "./useAccountChanges.ts";

/** What comes after an account was made: it is verified, a source is connected, and a mapping says what to text. */
export function FirstSteps({ id }: { id: string }) {
  const { data, error } = useAnswer(AccountDocument, { id });
  const verify = useChange(VerifyAccountDocument);
  const wasAsked = useRef(false);
  useAccountChanges(id);
  const account = data?.destination;
  const status = account?.status;
  const { run } = verify;

  useEffect(() => {
    if (status !== "DRAFT" || wasAsked.current) return;
    wasAsked.current = true;
    run({ input: { id } });
  }, [status, id, run]);

  if (error && !data) return <Failure of={error} />;
  if (data && !account)
    return <Empty title="There is no such account">Somebody deleted it, or it was never here.</Empty>;
  if (!account) return <Loader aria-label="Loading" />;
  const isVerified = account.status === "VERIFIED";
  const isVerifying = verify.isRunning || account.status === "VERIFYING";
  const isConnected = account.sources.length > 0;
  return (
    <ol className={classes.steps}>
      <Step number={1} title={`${account.name} is made`} done />
      <Step number={2} title={isVerified ? "It is verified" : "Verify it"} done={isVerified}>
        <Stack gap="sm">
          <Group gap="xs">
            <AccountTag status={account.status} paused={account.paused} enabled={account.enabled} />
          </Group>
          <Checks run={account.lastVerification} isRunning={isVerifying} />
          {!(verify.error instanceof ChangeRefused && account.lastVerification) && (
            <Failure of={verify.error} />
          )}
          {!isVerified && !isVerifying && (
            <Group>
              <Button onClick={() => run({ input: { id } })}>Verify again</Button>
              <Anchor
                renderRoot={(props) => (
                  <Link to="/accounts/$id" params={{ id }} search={{ tab: "settings" }} {...props} />
                )}
              >
                Change its settings
              </Anchor>
            </Group>
          )}
        </Stack>
      </Step>
      <Step number={3} title={isConnected ? "A source is connected" : "Connect a source"} done={isConnected}>
        <Text size="sm" mb="sm" c="dimmed">
          Events come from a source: your shop, your app, Segment. Those of a connected one reach this
          account.
        </Text>
        <ConnectSource accountId={id} connected={account.sources} />
      </Step>
      <Step number={4} title="Say what to text">
        <Text size="sm" mb="sm" c="dimmed">
          A mapping says which events send which text.
        </Text>
        <Group>
          <Button
            variant={isVerified && isConnected ? "filled" : "default"}
            renderRoot={(props) => <Link to="/mappings/new" search={{ destinationId: id }} {...props} />}
          >
            Make a mapping
          </Button>
          <Anchor renderRoot={(props) => <Link to="/accounts/$id" params={{ id }} {...props} />}>
            Look at the account
          </Anchor>
        </Group>
      </Step>
    </ol>
  );
}

type StepProps = { number: number; title: string; done?: boolean; children?: ReactNode };

function Step({ number, title, done = false, children }: StepProps) {
  return (
    <li className={classes.step}>
      <span className={classes.number} data-done={done} aria-hidden="true">
        {done ? <Check size={15} /> : number}
      </span>
      <div className={classes.body}>
        <Title order={2} size="h5" mb={children ? "xs" : 0}>
          {title}
          {done && <span className="visually-hidden"> (done)</span>}
        </Title>
        {children}
      </div>
    </li>
  );
}
