import { Button, Group, Loader, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";

import { change, freshKey } from "../../api/ask.ts";
import { useChange } from "../../api/queries.ts";
import type { DeliveryFilterInput, DeliveryStatus } from "../../api/schema.ts";
import { Failure } from "../../parts/Failure.tsx";
import { several, spelled } from "../../parts/words.ts";
import { useMay } from "../../shell/viewer.ts";
import { ReplayManyDocument } from "./delivery.graphql.ts";
import { ReplayProgress } from "./ReplayProgress.tsx";
import type { DeliverySearch } from "./search.ts";
import { UNSETTLED } from "./states.ts";

const UNLESS_CHOSEN: readonly DeliveryStatus[] = ["REJECTED", "EXPIRED", "SUPPRESSED"];

/** What is replayed of what the filters find: of what the provider said something, it took. */
const statusOf = ({ status, messageStatus }: DeliverySearch): readonly DeliveryStatus[] =>
  status ?? (messageStatus ? ["ACCEPTED"] : UNLESS_CHOSEN);

type Props = { search: DeliverySearch; filter: DeliveryFilterInput };

/** Replays what the filters find: they are counted first, and exactly so many are replayed. */
export function ReplayMany({ search, filter }: Props) {
  const [open, { open: show, close }] = useDisclosure(false);
  const mayRepeat = useMay("ADMIN");
  const status = statusOf(search);
  const cannot = status.filter((one) => UNSETTLED.includes(one) || one === "SHADOWED");
  if (cannot.length > 0 || (status.includes("ACCEPTED") && !mayRepeat)) return null;
  return (
    <>
      <Button variant="default" onClick={show}>
        Replay these …
      </Button>
      <Modal opened={open} onClose={close} title="Replay what the filters find" centered>
        {open && <Question filter={{ ...filter, status: [...status] }} onClose={close} />}
      </Modal>
    </>
  );
}

type QuestionProps = {
  filter: DeliveryFilterInput & { status: DeliveryStatus[] };
  onClose: () => void;
};

function Question({ filter: given, onClose }: QuestionProps) {
  // The list behind it may move on with the time; what was counted is what is replayed.
  const [filter] = useState(given);
  const { status } = filter;
  const key = useRef(freshKey());
  const [jobId, setJobId] = useState<string | null>(null);
  const count = useQuery({
    queryKey: ["replays counted", filter],
    queryFn: () =>
      change(ReplayManyDocument, { input: { filter, dryRun: true, idempotencyKey: key.current } }),
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  const replay = useChange(ReplayManyDocument, {
    onDone: ({ deliveriesReplay }) => setJobId(deliveriesReplay.job?.id ?? null),
  });
  const matching = count.data?.deliveriesReplay.matching ?? 0;

  if (jobId) return <ReplayProgress id={jobId} onClose={onClose} />;
  if (count.error) return <Failure of={count.error} title="They could not be counted" />;
  if (count.isPending) return <Loader size="sm" aria-label="Counting" />;
  return (
    <>
      <Text size="sm" role="status">
        {matching === 0
          ? "There is nothing to replay among them."
          : `${several(matching, "text")} would be replayed, the oldest first.`}
      </Text>
      <Text size="sm" c="dimmed" mt={6}>
        Of what the filters find, {listed(status.map((one) => spelled(one).toLowerCase()))} ones are taken.
        Each passes every gate but that of the event’s age, with its mapping as it is now; what a gate stops
        is not sent.
        {status.includes("ACCEPTED") && " Those that were accepted are sent a second time."}
      </Text>
      <Failure of={replay.error} />
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose} data-autofocus>
          Not now
        </Button>
        {replay.error && (
          <Button variant="default" onClick={() => void count.refetch().then(replay.reset)}>
            Count them anew
          </Button>
        )}
        <Button
          disabled={matching === 0}
          loading={replay.isRunning}
          onClick={() =>
            replay.run({ input: { filter, expectedCount: matching, idempotencyKey: key.current } })
          }
        >
          Replay {several(matching, "text")}
        </Button>
      </Group>
    </>
  );
}

function listed(words: readonly string[]): string {
  return new Intl.ListFormat("en", { type: "conjunction" }).format(words);
}
