import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";

import { freshKey } from "../../api/ask.ts";
import { useChange } from "../../api/queries.ts";
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
  const isHere = useRef(false);
  const sending = useRef<AbortController>(null);
  const change = useChange(ConsentImportDocument, {
    onLeft: ({ consentImport: { job } }) =>
      job && "The import was begun. Consent import shows how far it is.",
  });

  // A file that nobody waits for any more is not sent on.
  useEffect(() => {
    isHere.current = true;
    return () => {
      isHere.current = false;
      sending.current?.abort();
    };
  }, []);

  async function begin(what: Kept, dryRun: boolean, idempotencyKey: string) {
    const { uploadId, from, channel } = what;
    const { consentImport } = await change.runAsync({
      input: { uploadId, from, channel, dryRun, idempotencyKey },
    });
    const job = consentImport.job?.id;
    if (!job) throw new Error("The server began no import, and did not say why. Nothing was recorded.");
    keep(job, what);
    if (isHere.current) await navigate({ to: "/consent-import", search: { job } });
  }

  async function attempt(work: () => Promise<void>) {
    if (isBegun.current) return;
    isBegun.current = true;
    setRunning(true);
    setError(null);
    try {
      await work();
    } catch (thrown) {
      // Whoever stopped it knows.
      if (!sending.current?.signal.aborted) setError(thrown as Error);
      throw thrown;
    } finally {
      isBegun.current = false;
      sending.current = null;
      setRunning(false);
      setShare(null);
    }
  }

  /** Send the file, and have it counted. Rejects where that did not begin; `error` says why, unless it was stopped. */
  const check = (file: Blob, chosen: Chosen) =>
    attempt(async () => {
      const controller = new AbortController();
      sending.current = controller;
      setShare(0);
      const { uploadId, lines } = await upload(file, setShare, controller.signal);
      controller.signal.throwIfAborted();
      sending.current = null;
      setShare(null);
      await begin({ ...chosen, uploadId, lines }, true, freshKey());
    });

  /** Record what a dry run counted. Rejects likewise. */
  const record = (what: Kept) => attempt(() => begin(what, false, recordKey.current));

  const stop = () => sending.current?.abort();

  return { check, record, stop, share, error, isRunning };
}
