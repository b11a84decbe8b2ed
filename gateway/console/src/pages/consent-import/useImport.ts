import { useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";

import { change, freshKey } from "../../api/ask.ts";
import { queryClient } from "../../api/queries.ts";
import { upload } from "../../api/upload.ts";
import { ConsentImportDocument } from "./consent_import.graphql.ts";
import { type Kept, keep } from "./kept.ts";

type Chosen = Pick<Kept, "name" | "from" | "channel">;

/** Begins an import: a dry run of a file that is sent now, or the recording of one that was counted. */
export function useImport() {
  const navigate = useNavigate();
  const [share, setShare] = useState<number | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [isRunning, setRunning] = useState(false);
  const isBegun = useRef(false);
  // Recording the same once more, such as where the answer was lost, begins no second import.
  const recordKey = useRef(freshKey());

  async function begin(what: Kept, dryRun: boolean, idempotencyKey: string) {
    const { uploadId, from, channel } = what;
    const { consentImport } = await change(ConsentImportDocument, {
      input: { uploadId, from, channel, dryRun, idempotencyKey },
    });
    const job = consentImport.job?.id;
    if (!job) throw new Error("The server began no import, and did not say why. Nothing was recorded.");
    keep(job, what);
    void queryClient.invalidateQueries();
    await navigate({ to: "/consent-import", search: { job } });
  }

  async function attempt(work: () => Promise<void>) {
    if (isBegun.current) return;
    isBegun.current = true;
    setRunning(true);
    setError(null);
    try {
      await work();
    } catch (thrown) {
      setError(thrown as Error);
      throw thrown;
    } finally {
      isBegun.current = false;
      setRunning(false);
      setShare(null);
    }
  }

  /** Send the file, and have it counted. Rejects where that did not begin; `error` says why. */
  const check = (file: Blob, chosen: Chosen) =>
    attempt(async () => {
      setShare(0);
      const { uploadId, lines } = await upload(file, setShare);
      await begin({ ...chosen, uploadId, lines }, true, freshKey());
    });

  /** Record what a dry run counted. Rejects likewise. */
  const record = (what: Kept) => attempt(() => begin(what, false, recordKey.current));

  return { check, record, share, error, isRunning };
}
