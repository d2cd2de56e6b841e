/** Sending a file piece by piece; it goes on from where the server has it. */

import { csrfToken } from "../../api/client.ts";
import { Problem, problemOf } from "../../api/problems.ts";
import type { Import } from "../../api/types.ts";

const PIECE_BYTES = 8 * 1024 * 1024;
const LONGEST_WAIT_MS = 10_000;

/** Files that were chosen in this page, by the import that they belong to. */
export const chosenFiles = new Map<string, File>();

/** Sends what the server does not have yet. What fails in passing is tried again. */
export async function sendFile(
  item: Import,
  file: File,
  signal: AbortSignal,
  tell: (item: Import) => void,
): Promise<void> {
  let at = item;
  let waitMs = 500;
  while (at.status === "uploading" && at.received_bytes < file.size) {
    try {
      at = await sendPiece(at, file, signal);
      waitMs = 500;
      tell(at);
    } catch (error) {
      if (signal.aborted) return;
      if (!problemOf(error).isPassing) throw error;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    }
  }
}

async function sendPiece(item: Import, file: File, signal: AbortSignal): Promise<Import> {
  const offset = item.received_bytes;
  const response = await fetch(`/api/v1/imports/${item.id}/content?offset=${offset}`, {
    method: "PUT",
    headers: { "Content-Type": "application/octet-stream", "X-CSRF-Token": csrfToken() },
    body: file.slice(offset, offset + PIECE_BYTES),
    signal,
  });
  if (!response.ok) throw new Problem(response.status, await response.json().catch(() => null));
  return (await response.json()) as Import;
}
