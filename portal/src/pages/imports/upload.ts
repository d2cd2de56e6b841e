/** Sending a file piece by piece; it goes on from where the server has it. */

import { api, ask, csrfToken } from "../../api/client.ts";
import { Problem, problemOf } from "../../api/problems.ts";
import type { Import } from "../../api/types.ts";

// What a cut costs at most, and how often progress is told.
const PIECE_BYTES = 2 * 1024 * 1024;
const LONGEST_WAIT_MS = 10_000;

/** Files that were chosen in this page, by the import that they belong to. */
export const chosenFiles = new Map<string, File>();

/**
 * Sends what the server does not have yet. What fails in passing is tried again. Whether a piece whose answer was
 * lost has arrived, the server knows: it is asked before each next try.
 */
export async function sendFile(
  item: Import,
  file: File,
  signal: AbortSignal,
  tell: (item: Import, trouble: Problem | null) => void,
): Promise<void> {
  let at = item;
  let waitMs = 500;
  let isSure = true;
  while (at.status === "uploading" && at.received_bytes < file.size) {
    try {
      at = isSure ? await sendPiece(at, file, signal) : await readImport(at.id, signal);
      isSure = true;
      waitMs = 500;
      tell(at, null);
    } catch (error) {
      if (signal.aborted) return;
      const problem = problemOf(error);
      // Another page may send the same file: then there is more than was known.
      if (!problem.isPassing && !(problem.status === 409 && isSure)) throw error;
      isSure = false;
      tell(at, problem);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    }
  }
}

function readImport(id: string, signal: AbortSignal): Promise<Import> {
  const params = { path: { import_id: id } };
  return ask(api.GET("/api/v1/imports/{import_id}", { params, signal }));
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
