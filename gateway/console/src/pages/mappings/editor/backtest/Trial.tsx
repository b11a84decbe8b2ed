import { Button, Group, Progress, Text } from "@mantine/core";
import { useRef, useState } from "react";

import { freshKey } from "../../../../api/ask.ts";
import { useChange } from "../../../../api/queries.ts";
import { Failure } from "../../../../parts/Failure.tsx";
import { isOver, useJob } from "../../../../parts/jobs/useJob.ts";
import { PeriodSelect } from "../../../../parts/PeriodSelect.tsx";
import { type Period, periodInWords, rangeOf } from "../../../../parts/period.ts";
import { counted } from "../../../../parts/words.ts";
import type { Draft } from "../draft.ts";
import { same } from "../draft.ts";
import { tried } from "../preview/usePreview.ts";
import { useEditor } from "../useEditor.ts";
import { BeginBacktestDocument, EndBacktestDocument } from "./backtest.graphql.ts";
import { Result } from "./Result.tsx";
import { countsOf } from "./result.ts";

type Begun = { id: string; period: Period; draft: Draft };

/** Chooses a period, follows the job, and shows what it counted. */
export default function Trial() {
  const { draft, saved } = useEditor().state;
  const [period, setPeriod] = useState<Period>({ since: "7d" });
  const [begun, setBegun] = useState<Begun | null>(null);
  const key = useRef(freshKey());
  const begin = useChange(BeginBacktestDocument);
  const range = rangeOf(period, new Date());

  async function run() {
    if (range === null) return;
    try {
      const made = await begin.runAsync({
        input: { preview: tried(draft, saved), range, idempotencyKey: key.current },
      });
      key.current = freshKey();
      if (made.backtest.job) setBegun({ id: made.backtest.job.id, period, draft });
    } catch {
      // What it said stands below the button.
      key.current = freshKey();
    }
  }

  return (
    <>
      <Text size="sm" mb="sm">
        What the mapping, as it stands in the form, would have sent for the events of a period. Nothing is
        sent, and nothing else is stored.
      </Text>
      <Group align="end" gap="sm">
        <PeriodSelect period={period} onChange={setPeriod} any={false} label="Events of" />
        <Button onClick={run} loading={begin.isRunning} disabled={range === null}>
          {begun ? "Run it again" : "Run it"}
        </Button>
      </Group>
      <Failure of={begin.error} title="No backtest was begun" />
      {begun && <Run key={begun.id} begun={begun} isOlder={!same(begun.draft, draft)} />}
    </>
  );
}

function Run({ begun: { id, period, draft }, isOlder }: { begun: Begun; isOlder: boolean }) {
  const { job, error } = useJob(id);
  const end = useChange(EndBacktestDocument);
  const ended = isOver(job);
  const result = countsOf(job?.result);
  const share = job?.total ? (100 * job.done) / job.total : 0;

  return (
    <section aria-label="The backtest" style={{ marginTop: 18 }}>
      <Failure of={error} title="The backtest goes on; how far it is could not be read" />
      {!ended && (
        <>
          <Progress.Root size="lg">
            <Progress.Section value={share} animated aria-label="How far the backtest is" />
          </Progress.Root>
          <Group justify="space-between" mt={6}>
            <Text size="sm" c="dimmed" role="status">
              {job?.total ? `${counted(job.done)} of ${counted(job.total)} events` : "It begins in a moment"}
            </Text>
            <Button
              variant="subtle"
              color="gray"
              size="compact-sm"
              loading={end.isRunning}
              onClick={() => end.run({ input: { id } })}
            >
              End it
            </Button>
          </Group>
        </>
      )}
      <Failure of={end.error} />
      {job && ended && job.status !== "DONE" && (
        <Text size="sm" role="status">
          {job.status === "CANCELED" ? "It was ended before it was through." : "It failed."} {job.message}
        </Text>
      )}
      {ended && isOlder && (
        <Text size="sm" c="dimmed" mt="xs">
          You have changed the mapping since: run it again to count with that.
        </Text>
      )}
      {job && ended && result && (
        <Result
          result={result}
          isWhole={job.status === "DONE"}
          period={periodInWords(period) ?? ""}
          draft={draft}
        />
      )}
    </section>
  );
}
