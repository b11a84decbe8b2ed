import { fetchWith } from "./request.ts";
import { session } from "./session.ts";

/**
 * Fetches a file of this server with the token, which a link could not carry, and has the browser keep it under that name.
 * Throws with the server's own words where it refuses.
 */
export async function download(address: string, name: string): Promise<void> {
  // Its public name may be another than the one that this page was opened by.
  const { pathname, search } = new URL(address, location.href);
  const response = await fetchWith(session.token())(pathname + search);
  if (!response.ok) throw new Error(await refusal(response));
  save(await response.blob(), name);
}

/** Has the browser keep that as a file of that name. */
export function save(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

async function refusal(response: Response): Promise<string> {
  const type = response.headers.get("Content-Type") ?? "";
  const said: { errors?: { message: string }[] } = type.includes("json") ? await response.json() : {};
  return (
    said.errors?.[0]?.message ?? `The server answered ${response.status}. Nothing was fetched: try again.`
  );
}
