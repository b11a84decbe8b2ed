import {
  Button,
  Group,
  NativeSelect,
  Progress,
  SegmentedControl,
  Stack,
  Text,
  Textarea,
} from "@mantine/core";
import { type FormEvent, useState } from "react";

import { Failure } from "../../parts/Failure.tsx";
import { useMay } from "../../shell/viewer.ts";
import { AboutEvidence } from "./AboutEvidence.tsx";
import classes from "./ConsentImport.module.css";
import { DropBox } from "./DropBox.tsx";
import { FirstLines } from "./FirstLines.tsx";
import { useImport } from "./useImport.ts";

const KINDS = [
  { value: "", label: "Told by its columns" },
  { value: "plain", label: "A file of your own" },
  { value: "segment", label: "Segment" },
  { value: "customerio", label: "Customer.io" },
  { value: "braze", label: "Braze" },
  { value: "klaviyo", label: "Klaviyo" },
];
// Who wrote STOP there stopped themselves, and an admin alone may say so.
const OF_AN_ADMIN = { value: "twilio", label: "Twilio, opt-outs" };

const CHANNELS = [
  { value: "", label: "As the rows say" },
  { value: "SMS", label: "SMS" },
  { value: "WHATSAPP", label: "WhatsApp" },
];

const HEADER = "phone,channel,status,at,method,note\n";

/** A file, or a few rows by hand, and what is to be known of them; a dry run comes first. */
export function ChooseFile() {
  const isAdmin = useMay("ADMIN");
  const [way, setWay] = useState("file");
  const [file, setFile] = useState<File | null>(null);
  const [rows, setRows] = useState(HEADER);
  const [from, setFrom] = useState("");
  const [channel, setChannel] = useState("");
  const { check, stop, share, error, isRunning } = useImport();
  const isReady = way === "file" ? file !== null : rows.trim().split("\n").length > 1;

  function submit(event: FormEvent) {
    event.preventDefault();
    const sent = way === "file" ? file : new Blob([rows], { type: "text/csv" });
    if (!sent) return;
    const name = way === "file" && file ? file.name : "rows by hand";
    const said = channel === "" ? undefined : (channel as "SMS" | "WHATSAPP");
    check(sent, { name, from: from || undefined, channel: said }).catch(() => {
      // What went wrong stands above the button.
    });
  }

  return (
    <div className={classes.columns}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <SegmentedControl
            aria-label="What is imported"
            value={way}
            onChange={setWay}
            data={[
              { value: "file", label: "A file" },
              { value: "rows", label: "A few rows by hand" },
            ]}
            style={{ alignSelf: "start" }}
          />
          {way === "file" ? (
            <>
              <DropBox file={file} onFile={setFile} />
              {file && <FirstLines file={file} />}
            </>
          ) : (
            <Textarea
              label="Rows"
              description="The first line names the columns, with , ; or a tab between them: rows that were copied from a spreadsheet fit."
              autosize
              minRows={6}
              maxRows={18}
              spellCheck={false}
              styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
              value={rows}
              onChange={(event) => setRows(event.currentTarget.value)}
            />
          )}
          <Group grow align="flex-start">
            <NativeSelect
              label="What exported it"
              data={isAdmin ? [...KINDS, OF_AN_ADMIN] : KINDS}
              value={from}
              onChange={(event) => setFrom(event.currentTarget.value)}
            />
            <NativeSelect
              label="Channel"
              data={CHANNELS}
              value={channel}
              onChange={(event) => setChannel(event.currentTarget.value)}
            />
          </Group>
          {share !== null && <Sending share={share} />}
          <Failure of={error} title="Nothing was recorded" />
          <Group>
            <Button type="submit" disabled={!isReady} loading={isRunning}>
              Check it first
            </Button>
            {share !== null && (
              <Button variant="default" onClick={stop}>
                Stop
              </Button>
            )}
            <Text size="sm" c="dimmed">
              Nothing is recorded before you say so.
            </Text>
          </Group>
        </Stack>
      </form>
      <AboutEvidence />
    </div>
  );
}

function Sending({ share }: { share: number }) {
  const percent = Math.round(share * 100);
  return (
    <div>
      <Progress.Root size="sm">
        <Progress.Section value={percent} animated striped aria-label="The file is sent" />
      </Progress.Root>
      <Text size="xs" c="dimmed" mt={2} role="status">
        {percent < 100 ? `${percent} % of the file is sent` : "The file is there, and is looked at"}
      </Text>
    </div>
  );
}
