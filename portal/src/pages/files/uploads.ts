/** Files on their way to a run. They go on while other pages are looked at; after a reload, choose the file again. */

import { signal } from "@preact/signals";
import { api, ask, csrfToken, newKey } from "../../api/client.ts";
import { Problem, problemOf } from "../../api/problems.ts";
import type { Artifact } from "../../api/types.ts";
import { Sha256 } from "./sha256.ts";

const HASHED_BYTES = 1024 * 1024;
// What a cut costs at most, and how often progress is told.
const PIECE_BYTES = 4 * 1024 * 1024;
const LONGEST_WAIT_MS = 10_000;

export interface Upload {
  key: string;
  run: string;
  file: File;
  kind: string;
  isRestricted: boolean;
  phase: "waiting" | "looking" | "sending" | "done" | "failed";
  share: number;
  problem: Problem | null;
  control: AbortController;
}

export const uploads = signal<Upload[]>([]);

/** Puts files in line. One is sent after the other. */
export function startUploads(run: string, files: Iterable<File>, kind: string, isRestricted: boolean): void {
  const wasBusy = uploads.value.some((each) => each.phase === "waiting");
  const more = [...files].map(
    (file): Upload => ({
      key: newKey(),
      run,
      file,
      kind,
      isRestricted,
      phase: "waiting",
      share: 0,
      problem: null,
      control: new AbortController(),
    }),
  );
  uploads.value = [...uploads.value, ...more];
  if (!wasBusy && !isRunning) sendAll();
}

/** Takes one out of the list, and ends it if it is under way. */
export function dropUpload(key: string): void {
  uploads.value.find((each) => each.key === key)?.control.abort();
  uploads.value = uploads.value.filter((each) => each.key !== key);
}

/** Puts one that failed in line again. */
export function retryUpload(upload: Upload): void {
  dropUpload(upload.key);
  startUploads(upload.run, [upload.file], upload.kind, upload.isRestricted);
}

let isRunning = false;

async function sendAll(): Promise<void> {
  isRunning = true;
  try {
    for (let next = nextUpload(); next; next = nextUpload()) await sendOne(next);
  } finally {
    isRunning = false;
  }
}

function nextUpload(): Upload | undefined {
  return uploads.value.find((each) => each.phase === "waiting");
}

function tell(key: string, change: Partial<Upload>): void {
  uploads.value = uploads.value.map((each) => (each.key === key ? { ...each, ...change } : each));
}

async function sendOne(upload: Upload): Promise<void> {
  const { key, file, control } = upload;
  try {
    tell(key, { phase: "looking" });
    const sha256 = await hashOf(file, control.signal, (share) => tell(key, { share }));
    tell(key, { phase: "sending", share: 0 });
    const begun = await beginOrGoOn(upload, sha256);
    await sendRest(begun, file, control.signal, (share, problem) => tell(key, { share, problem }));
    const params = { path: { artifact_id: begun.id } };
    const ended = await ask(api.POST("/api/v1/artifacts/{artifact_id}:complete", { params }));
    if (ended.status === "damaged") throw new Problem(0, { title: "It came damaged", detail: ended.failure });
    tell(key, { phase: "done", share: 1, problem: null });
  } catch (error) {
    if (!control.signal.aborted) tell(key, { phase: "failed", problem: problemOf(error) });
  }
}

async function hashOf(file: File, stop: AbortSignal, tellShare: (share: number) => void): Promise<string> {
  const hash = new Sha256();
  for (let at = 0; at < file.size; at += HASHED_BYTES) {
    stop.throwIfAborted();
    hash.update(new Uint8Array(await file.slice(at, at + HASHED_BYTES).arrayBuffer()));
    tellShare(at / file.size);
  }
  return hash.end();
}

/** The same file whose upload was broken off, or a new one. */
async function beginOrGoOn(upload: Upload, sha256: string): Promise<Artifact> {
  const { file, run } = upload;
  const query = { status: "uploading" as const, name: file.name, limit: 100 };
  const path = { run_id: run };
  const begun = await ask(api.GET("/api/v1/runs/{run_id}/artifacts", { params: { path, query } }));
  const same = begun.items.find((each) => each.sha256 === sha256 && each.size_bytes === file.size);
  if (same) return same;
  return ask(
    api.POST("/api/v1/runs/{run_id}/artifacts", {
      params: { path, header: { "idempotency-key": upload.key } },
      body: {
        name: file.name,
        kind: upload.kind,
        size_bytes: file.size,
        sha256,
        content_type: file.type || "application/octet-stream",
        restricted: upload.isRestricted,
      },
    }),
  );
}

/** What fails in passing is tried again. Whether a piece whose answer was lost has arrived, the server knows. */
async function sendRest(
  begun: Artifact,
  file: File,
  stop: AbortSignal,
  tellShare: (share: number, problem: Problem | null) => void,
): Promise<void> {
  let at = begun.received_bytes;
  let waitMs = 500;
  while (at < file.size) {
    try {
      at = await sendPiece(begun.id, file, at, stop);
      waitMs = 500;
      tellShare(at / file.size, null);
    } catch (error) {
      stop.throwIfAborted();
      const problem = problemOf(error);
      if (!problem.isPassing && problem.status !== 409) throw error;
      tellShare(at / file.size, problem);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
      at = await placeOf(begun.id, at);
    }
  }
}

async function placeOf(id: string, known: number): Promise<number> {
  try {
    const params = { path: { artifact_id: id } };
    const item = await ask(api.GET("/api/v1/artifacts/{artifact_id}", { params }));
    if (item.status !== "uploading") throw new Problem(-1, { title: `It is ${item.status}` });
    return item.received_bytes;
  } catch (error) {
    if (!problemOf(error).isPassing) throw error;
    return known;
  }
}

async function sendPiece(id: string, file: File, offset: number, signal: AbortSignal): Promise<number> {
  const response = await fetch(`/api/v1/artifacts/${id}/content?offset=${offset}`, {
    method: "PUT",
    headers: { "Content-Type": "application/octet-stream", "X-CSRF-Token": csrfToken() },
    body: file.slice(offset, offset + PIECE_BYTES),
    signal,
  });
  if (!response.ok) throw new Problem(response.status, await response.json().catch(() => null));
  return ((await response.json()) as Artifact).received_bytes;
}
