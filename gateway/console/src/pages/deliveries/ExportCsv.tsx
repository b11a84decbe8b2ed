import { Button, Group, Modal, Progress, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";

import type { DeliveryFilterInput } from "../../api/schema.ts";
import { Failure } from "../../parts/Failure.tsx";
import { counted, several } from "../../parts/words.ts";
import { useExport } from "./useExport.ts";

function readSoFar(rows: number, total: number | null | undefined): string {
  if (total === undefined) return "They are being read.";
  return `${counted(rows)} of ${total === null ? "more than 10,000" : counted(total)} are read.`;
}

/** Has what the filters find kept as a file of CSV, with the columns of `heliograph deliveries --csv`. */
export function ExportCsv({ filter }: { filter: DeliveryFilterInput }) {
  const [open, { open: show, close }] = useDisclosure(false);
  const { begin, cancel, progress, error, isDone } = useExport(filter);
  const rows = progress?.rows ?? 0;

  return (
    <>
      <Button
        variant="default"
        onClick={() => {
          show();
          void begin();
        }}
      >
        Export as CSV
      </Button>
      <Modal
        opened={open}
        onClose={() => {
          cancel();
          close();
        }}
        title="Export what the filters find"
        centered
      >
        <Text size="sm" role="status" mb="xs">
          {isDone
            ? `${several(rows, "delivery", "deliveries")} are in deliveries.csv.`
            : `${readSoFar(rows, progress?.total)} The file is kept once all are.`}
        </Text>
        <Progress
          aria-label="Read so far"
          value={isDone ? 100 : (100 * rows) / Math.max(progress?.total ?? 10 * rows, 1)}
          animated={!isDone && !error}
        />
        <Failure of={error} title="It could not be read whole; no file was kept" />
        <Group justify="flex-end" mt="md">
          {error && (
            <Button variant="default" onClick={() => void begin()}>
              Try again
            </Button>
          )}
          <Button
            variant="default"
            data-autofocus
            onClick={() => {
              cancel();
              close();
            }}
          >
            {isDone ? "Close" : "Cancel"}
          </Button>
        </Group>
      </Modal>
    </>
  );
}
