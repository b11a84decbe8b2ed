import { useEffect, useRef, useState } from "react";

import { ask, RequestFailed, Unreachable } from "../../api/ask.ts";
import { save } from "../../api/download.ts";
import type { DeliveryFilterInput } from "../../api/schema.ts";
import { header, rowOf } from "./csv.ts";
import { DeliveryExportDocument } from "./export.graphql.ts";

const TRIES = 8;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** `total`: null where they are too many to be counted, left out before the first page. */
type Progress = { rows: number; total?: number | null };

/** Reads all that the filter finds, page by page, into a file of CSV, which is kept once it is whole. */
export function useExport(filter: DeliveryFilterInput) {
  const [progress, setProgress] = useState<Progress | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [isDone, setDone] = useState(false);
  const stop = useRef<AbortController | null>(null);
  useEffect(() => () => stop.current?.abort(), []);

  async function begin() {
    const stopping = new AbortController();
    stop.current = stopping;
    setError(null);
    setDone(false);
    setProgress({ rows: 0 });
    try {
      const lines = await allLines(filter, setProgress, stopping.signal);
      save(new Blob(lines, { type: "text/csv" }), "deliveries.csv");
      setDone(true);
    } catch (problem) {
      if (!stopping.signal.aborted) setError(problem as Error);
    }
  }

  function cancel() {
    stop.current?.abort();
    setProgress(null);
    setError(null);
  }

  return { begin, cancel, progress, error, isDone };
}

async function allLines(
  filter: DeliveryFilterInput,
  tell: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<string[]> {
  const lines = [header()];
  let after: string | null | undefined = null;
  let hasNextPage = true;
  while (hasNextPage) {
    const { edges, pageInfo, totalCount } = await page(filter, after, signal);
    for (const { node } of edges) lines.push(rowOf(node));
    tell({ rows: lines.length - 1, total: totalCount });
    ({ hasNextPage, endCursor: after } = pageInfo);
  }
  return lines;
}

/** The page behind that cursor, asked for again where the server is busy or away. */
async function page(filter: DeliveryFilterInput, after: string | null | undefined, signal: AbortSignal) {
  for (let tries = 1; ; tries += 1) {
    try {
      return (await ask(DeliveryExportDocument, { filter, after }, signal)).deliveries;
    } catch (error) {
      if (signal.aborted || tries === TRIES || !passes(error)) throw error;
      const least = error instanceof RequestFailed ? 1_000 * (error.retryAfter ?? 0) : 0;
      await pause(Math.max(least, Math.min(FIRST_PAUSE_MS * 2 ** (tries - 1), LONGEST_PAUSE_MS)), signal);
    }
  }
}

const passes = (error: unknown): boolean =>
  error instanceof Unreachable || (error instanceof RequestFailed && error.retryAfter !== null);

const pause = (milliseconds: number, signal: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
