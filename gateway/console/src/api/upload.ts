import { Unreachable } from "./ask.ts";
import { connection } from "./connection.ts";
import { session } from "./session.ts";

const ENDPOINT = "/uploads";
const MOST_BYTES = 100_000_000;
const CREATED = 201;
const UNAUTHORIZED = 401;

/** A file that the server keeps for 24 hours. */
export type Upload = { uploadId: string; bytes: number; lines: number; expiresAt: string };

/** The server did not take a file, and why. */
export class UploadRefused extends Error {}

/**
 * Sends a file; `onProgress` hears which share of it is gone. Throws UploadRefused where the server does not take it,
 * and Unreachable where no answer comes. A request of the platform's own `fetch` tells no progress.
 */
export function upload(
  file: Blob,
  onProgress: (share: number) => void,
  signal?: AbortSignal,
): Promise<Upload> {
  if (file.size > MOST_BYTES) {
    // The server would close the connection while it is sent, and its answer be lost.
    return Promise.reject(
      new UploadRefused(
        "The file has more than 100 MB. Nothing of it was sent. Send it in parts, each with the header.",
      ),
    );
  }
  return new Promise((resolve, reject) => {
    const token = session.token();
    const request = new XMLHttpRequest();
    request.open("POST", ENDPOINT);
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onload = () => {
      connection.found();
      if (request.status === UNAUTHORIZED) session.end(token);
      if (request.status === CREATED) resolve(JSON.parse(request.responseText));
      else reject(new UploadRefused(messageOf(request)));
    };
    request.onerror = () => {
      connection.lost();
      reject(
        new Unreachable(
          "The file did not arrive: the connection broke off. Nothing of it was kept. Send it again.",
        ),
      );
    };
    request.onabort = () => reject(new UploadRefused("The upload was ended. Nothing of it was kept."));
    signal?.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

function messageOf(request: XMLHttpRequest): string {
  try {
    const { errors } = JSON.parse(request.responseText);
    return String(errors[0].message);
  } catch {
    return `The server took no upload (it answered ${request.status}). Nothing of it was kept.`;
  }
}
