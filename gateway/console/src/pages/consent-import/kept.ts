// Which upload an import read, so that what a dry run counted can be recorded. It is kept for this tab, and goes when one
// signs out; nobody's number is in it.
const KEY = "heliograph:consent-imports";

export type Kept = {
  uploadId: string;
  name: string;
  lines: number;
  from?: string;
  channel?: "SMS" | "WHATSAPP";
};

export function keep(jobId: string, what: Kept) {
  sessionStorage.setItem(KEY, JSON.stringify({ ...all(), [jobId]: what }));
}

export const keptOf = (jobId: string): Kept | null => all()[jobId] ?? null;

function all(): Record<string, Kept> {
  return JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
}
