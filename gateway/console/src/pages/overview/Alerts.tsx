import { Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { LinkProps } from "@tanstack/react-router";
import { CircleCheck, OctagonX, TriangleAlert } from "lucide-react";

import { useAnswer } from "../../api/queries.ts";
import { Failure } from "../../parts/Failure.tsx";
import { AnchorLink } from "../../parts/links.tsx";
import { Panel } from "../../parts/Panel.tsx";
import { FoldedRemedy } from "../../parts/Remedy.tsx";
import { Said } from "../../parts/Said.tsx";
import { Tag } from "../../parts/Tag.tsx";
import { VerifyButton } from "../../parts/VerifyButton.tsx";
import { When } from "../../parts/When.tsx";
import { counted } from "../../parts/words.ts";
import { useMay } from "../../shell/viewer.ts";
import type { AccountSearch } from "../accounts/search.ts";
import { allOf } from "./alerts.ts";
import classes from "./Overview.module.css";
import { AlertsDocument, type AlertsQuery } from "./overview.graphql.ts";

export const ALERTS_EVERY_MS = 10_000;
const SHOWN = 5;

type Alert = AlertsQuery["alerts"]["edges"][number]["node"];

/** What is wrong now and wants a person, each with its remedy and, where it is ours to do, a button that does it. */
export function Alerts() {
  const { data, error, isPending } = useAnswer(AlertsDocument, {}, { refetchInterval: ALERTS_EVERY_MS });
  const [whole, { toggle }] = useDisclosure(false);
  const alerts = (data?.alerts.edges ?? []).map(({ node }) => node);
  const count = data?.alerts.totalCount ?? alerts.length;
  const grave = alerts.some(({ severity }) => severity === "ERROR");
  return (
    <Panel
      id="alerts"
      title="Alerts"
      beside={count > 0 && <Tag tone={grave ? "red" : "amber"}>{counted(count)}</Tag>}
    >
      <Failure of={error} title="The alerts could not be read anew" />
      {isPending && <Skeleton height={60} />}
      {data && count === 0 && (
        <Group gap={8} wrap="nowrap">
          <CircleCheck size={18} aria-hidden="true" color="var(--tone-green)" />
          <Text size="sm">Nothing is wrong, as far as can be seen from here.</Text>
        </Group>
      )}
      <ul className={classes.list}>
        {alerts.slice(0, whole ? undefined : SHOWN).map((alert) => (
          <Row key={alert.id} alert={alert} />
        ))}
      </ul>
      {alerts.length > SHOWN && (
        <Button variant="default" size="compact-sm" mt="sm" onClick={toggle} aria-expanded={whole}>
          {whole ? "Show fewer" : allOf(alerts.length, count)}
        </Button>
      )}
    </Panel>
  );
}

function Row({ alert }: { alert: Alert }) {
  const { severity, message, remedy, since } = alert;
  const grave = severity === "ERROR";
  const Icon = grave ? OctagonX : TriangleAlert;
  const place = placeOf(alert);
  return (
    <li>
      <Group gap={10} align="flex-start" wrap="nowrap">
        <Icon
          size={17}
          aria-hidden="true"
          color={grave ? "var(--tone-red)" : "var(--tone-amber)"}
          style={{ flex: "none", marginTop: 2 }}
        />
        <Stack gap={5} miw={0}>
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            <span className="visually-hidden">{grave ? "Error: " : "Warning: "}</span>
            <Said of={message} />
          </Text>
          <Group gap="4px 14px">
            {place && (
              <AnchorLink {...place.to} size="sm">
                {place.name}
              </AnchorLink>
            )}
            <Text size="xs" c="dimmed">
              since <When at={since} />
            </Text>
          </Group>
          {remedy && <FoldedRemedy of={remedy} />}
          <OursToDo alert={alert} />
        </Stack>
      </Group>
    </li>
  );
}

/** Where what is wrong is looked after. */
function placeOf({ code, target }: Alert): { name: string; to: LinkProps } | null {
  if (code.startsWith("WEBHOOK_")) return { name: "Webhooks", to: { to: "/settings/webhooks" } };
  switch (target?.__typename) {
    case "Destination":
      return code.startsWith("DAILY_LIMIT_")
        ? { name: `Rules of ${target.name}`, to: { ...toAccount(target.id), search: { tab: "policy" } } }
        : { name: target.name, to: toAccount(target.id) };
    case "Sender":
      return {
        name: target.destination.name,
        to: toAccount(target.destination.id, { tab: "senders", sender: target.id }),
      };
    case "Template":
      return { name: target.destination.name, to: toAccount(target.destination.id, { tab: "templates" }) };
    case "Source":
      return { name: target.name, to: { to: "/settings/sources", search: { open: target.id } } };
    default:
      return null;
  }
}

const toAccount = (id: string, search: AccountSearch = {}): LinkProps => ({
  to: "/accounts/$id",
  params: { id },
  search,
});

const VERIFIED_AWAY = ["DESTINATION_FAILED", "DESTINATION_NOT_VERIFIED", "ACCOUNT_REFUSED"];

function OursToDo({ alert: { code, target } }: { alert: Alert }) {
  const mayVerify = useMay("ADMIN");
  if (!mayVerify || target?.__typename !== "Destination" || !VERIFIED_AWAY.includes(code)) return null;
  return (
    <div>
      <VerifyButton
        account={target}
        size="compact-sm"
        variant="default"
        aria-label={`${target.status === "DRAFT" ? "Verify" : "Verify again"} ${target.name}`}
      />
    </div>
  );
}
