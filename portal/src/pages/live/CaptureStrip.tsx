/** What is captured now: the running run and session, with what starts and stops it. */

import { api, ask } from "../../api/client.ts";
import type { CaptureSession, Run } from "../../api/types.ts";
import { projectId, refusedFor } from "../../session.ts";
import { durationText, parseTime } from "../../times.ts";
import { Button } from "../../ui/buttons.tsx";
import { Status } from "../../ui/facts.tsx";
import { ProblemNote } from "../../ui/notes.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { useSending } from "../../ui/requests/sending.ts";
import { toast } from "../../ui/toasts.tsx";

interface Captured {
  run: Run | null;
  session: CaptureSession | null;
}

const REFRESH_MS = 4000;

export function CaptureStrip() {
  const project = projectId.value;
  const asked = useAsked(project, (signal) => readCaptured(project ?? "", signal), REFRESH_MS);
  const { run = null, session = null } = asked.data ?? {};
  const change = useSending(
    async (key) => (session ? stop(session) : start(run, key)),
    () => asked.again(),
  );
  return (
    <section class="panel capture" aria-label="Capture">
      {run ? (
        <>
          <span class="row grow">
            <Status status={run.status} />
            <a href={`/runs/${run.id}`} class="cut">
              {run.name}
            </a>
            {session ? <SessionText session={session} /> : <span class="muted">no capture runs</span>}
          </span>
          <Button
            icon={session ? "stop" : "record"}
            kind={session ? "danger" : "primary"}
            isBusy={change.isBusy}
            refused={refusedFor("editor")}
            onClick={() => change.send()}
          >
            {session ? "Stop capture" : "Start capture"}
          </Button>
          {change.problem && <ProblemNote problem={change.problem} />}
        </>
      ) : (
        <span class="row grow muted">
          {asked.data ? "No run is running." : "Looking for a running run…"} <a href="/runs">Runs</a>
        </span>
      )}
    </section>
  );
}

function SessionText({ session }: { session: CaptureSession }) {
  const started = parseTime(session.started_at ?? "");
  return (
    <span class="nowrap">
      session {session.ordinal}
      {started !== null && (
        <span class="muted"> · {durationText(Math.floor((Date.now() * 1000 - started) / 1e6) * 1e6)}</span>
      )}
    </span>
  );
}

async function readCaptured(project: string, signal: AbortSignal): Promise<Captured> {
  const query = { status: "running" as const, sort: "-started_at" as const, limit: 1 };
  const runs = await ask(
    api.GET("/api/v1/projects/{project_id}/runs", {
      params: { path: { project_id: project }, query },
      signal,
    }),
  );
  const run = runs.items[0] ?? null;
  if (!run) return { run: null, session: null };
  const sessions = await ask(
    api.GET("/api/v1/runs/{run_id}/capture-sessions", {
      params: { path: { run_id: run.id }, query: { status: "running", limit: 1 } },
      signal,
    }),
  );
  return { run, session: sessions.items[0] ?? null };
}

async function start(run: Run | null, key: string): Promise<void> {
  if (!run) return;
  const made = await ask(
    api.POST("/api/v1/runs/{run_id}/capture-sessions", {
      params: { path: { run_id: run.id }, header: { "idempotency-key": key } },
      body: { start: true },
    }),
  );
  toast(`Session ${made.ordinal} captures`);
}

async function stop(session: CaptureSession): Promise<void> {
  const path = { capture_session_id: session.id };
  await ask(api.POST("/api/v1/capture-sessions/{capture_session_id}:stop", { params: { path }, body: {} }));
  toast(`Session ${session.ordinal} is stopped`);
}
