import { Button } from "@mantine/core";
import type { LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useAnswer, useChange } from "../../api/queries.ts";
import { Failure } from "../../parts/Failure.tsx";
import { ButtonLink } from "../../parts/links.tsx";
import { PauseEverything } from "../../parts/pausing/PauseEverything.tsx";
import { PauseOrResume } from "../../parts/pausing/PauseOrResume.tsx";
import { VerifyButton } from "../../parts/VerifyButton.tsx";
import { channelInWords } from "../../parts/words.ts";
import { useFrame } from "../../shell/Navigation.tsx";
import { useMay } from "../../shell/viewer.ts";
import {
  EnableAccountDocument,
  EnableMappingDocument,
  RevisionOfMappingDocument,
  StateOfAccountDocument,
  SwitchChannelOnDocument,
} from "./delivery.graphql.ts";
import type { Place } from "./remedies.ts";
import type { Whole } from "./useDelivery.ts";
import { usePersonOf } from "./usePersonOf.ts";

type Props = { delivery: Whole };

/** The buttons that do it, or lead to where it is done. */
export function RemedyButtons({ delivery, place }: Props & { place: Place }) {
  if (place === "person") return <OfPerson delivery={delivery} />;
  if (place === "mapping") return <OfMapping delivery={delivery} />;
  if (place === "inbox") {
    return <Lead to={{ to: "/inbox", search: { needsReview: true } }}>Read what they wrote</Lead>;
  }
  return (
    <>
      {place === "pause" && <Resume delivery={delivery} />}
      {place === "account" && <Account delivery={delivery} />}
      {place === "channel" && <SwitchOn delivery={delivery} />}
      {!delivery.destination.deletedAt && (
        <Lead to={{ to: "/accounts/$id", params: { id: delivery.destination.id } }}>Open the account</Lead>
      )}
    </>
  );
}

function Lead({ to, children }: { to: LinkProps; children: ReactNode }) {
  return (
    <ButtonLink variant="default" size="xs" {...to}>
      {children}
    </ButtonLink>
  );
}

type DoProps = {
  change: { isRunning: boolean; error: Error | null };
  onClick: () => void;
  children: ReactNode;
};

function Do({ change, onClick, children }: DoProps) {
  return (
    <>
      <Button size="xs" loading={change.isRunning} onClick={onClick}>
        {children}
      </Button>
      <Failure of={change.error} />
    </>
  );
}

const useAccount = ({ destination }: Whole) =>
  useAnswer(StateOfAccountDocument, { id: destination.id }, { enabled: !destination.deletedAt }).data
    ?.destination;

function Resume({ delivery: { destination } }: Props) {
  const mayResume = useMay("OPERATOR");
  const isAllPaused = useFrame()?.sendingPaused ?? false;
  if (!mayResume) return null;
  if (isAllPaused) return <PauseEverything paused label="Resume sending of everything" size="xs" />;
  if (!destination.paused) return null;
  return <PauseOrResume account={destination} label={`Resume ${destination.name}`} size="xs" />;
}

function Account({ delivery }: Props) {
  const mayChange = useMay("ADMIN");
  const account = useAccount(delivery);
  const enable = useChange(EnableAccountDocument);
  if (!mayChange || !account) return null;
  if (delivery.reason === "ACCOUNT_NOT_VERIFIED" && account.status !== "VERIFIED") {
    return <VerifyButton account={account} size="xs" />;
  }
  if (delivery.reason === "DESTINATION_DISABLED" && !account.enabled) {
    const input = { id: account.id, expectedRevision: account.revision, enabled: true };
    return (
      <Do change={enable} onClick={() => enable.run({ input })}>
        Enable {account.name}
      </Do>
    );
  }
  return null;
}

function SwitchOn({ delivery }: Props) {
  const mayChange = useMay("ADMIN");
  const account = useAccount(delivery);
  const change = useChange(SwitchChannelOnDocument);
  const state = account?.channels.find((one) => one.channel === delivery.channel);
  if (!mayChange || !account || !state || state.enabled) return null;
  const of = state.ownEnabled ? { space: account.space } : { destinationId: account.id };
  return (
    <Do
      change={change}
      onClick={() => change.run({ input: { channel: state.channel, enabled: true, ...of } })}
    >
      Switch {channelInWords(state.channel)} on{" "}
      {state.ownEnabled ? "for every account" : `for ${account.name}`}
    </Do>
  );
}

function OfPerson({ delivery }: Props) {
  const person = usePersonOf(delivery);
  const mayRecord = useMay("OPERATOR");
  if (!person) return null;
  const isConsent = delivery.reason === "NOT_SUBSCRIBED" || delivery.reason === "OPTED_OUT";
  return (
    <Lead to={{ to: "/people/$id", params: { id: person } }}>
      {isConsent && mayRecord ? "See and record their consent" : "Open the person"}
    </Lead>
  );
}

function OfMapping({ delivery: { mapping, event } }: Props) {
  const mayChange = useMay("OPERATOR");
  const enable = useChange(EnableMappingDocument);
  const isOff = Boolean(mapping && !mapping.enabled);
  const revision = useAnswer(
    RevisionOfMappingDocument,
    { id: mapping?.id ?? "" },
    { enabled: isOff && mayChange },
  ).data?.mapping?.revision;
  if (!mapping || mapping.deletedAt) return null;
  return (
    <>
      {isOff && revision !== undefined && (
        <Do
          change={enable}
          onClick={() => enable.run({ input: { id: mapping.id, expectedRevision: revision, enabled: true } })}
        >
          Enable {mapping.name}
        </Do>
      )}
      <Lead to={{ to: "/mappings/$id", params: { id: mapping.id }, search: { eventId: event?.id } }}>
        {mayChange ? "Open the mapping with this event" : "Open the mapping"}
      </Lead>
    </>
  );
}
