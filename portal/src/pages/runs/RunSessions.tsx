/** The capture sessions of a run, on a line of time and as a table, started and stopped from here. */

import { api, ask } from "../../api/client.ts";
import type { CaptureSession, Run } from "../../api/types.ts";
import { countText } from "../../numbers.ts";
import { durationText } from "../../times.ts";
import { RoleButton } from "../../ui/buttons.tsx";
import { Status, Time } from "../../ui/facts.tsx";
import { type LanePiece, Lanes } from "../../ui/Lanes.tsx";
import { Empty, ProblemNote } from "../../ui/notes.tsx";
import { Panel } from "../../ui/Page.tsx";
import { useSending } from "../../ui/requests/sending.ts";
import { Table } from "../../ui/tables/table.tsx";

export function RunSessions(props: {
  run: Run;
  sessions: CaptureSession[];
  total: number;
  again: () => void;
}) {
  const { run, sessions, again } = props;
  const start = useSending(
    async (key) =>
      ask(
        api.POST("/api/v1/runs/{run_id}/capture-sessions", {
          params: { path: { run_id: run.id }, header: { "idempotency-key": key } },
          body: { start: true },
        }),
      ),
    again,
  );
  const act = useSending(async (_key: string, session: CaptureSession, verb: "start" | "stop") => {
    const params = { path: { capture_session_id: session.id } };
    if (verb === "start")
      return ask(api.POST("/api/v1/capture-sessions/{capture_session_id}:start", { params, body: {} }));
    return ask(api.POST("/api/v1/capture-sessions/{capture_session_id}:stop", { params, body: {} }));
  }, again);
  const problem = start.problem ?? act.problem;
  const isDrawn = sessions.some((session) => session.started_at);
  return (
    <Panel
      title="Capture sessions"
      isBare
      tools={
        <RoleButton
          least="editor"
          icon="record"
          isBusy={start.isBusy}
          refused={run.status === "running" ? null : "Only a running run captures: start the run first"}
          onClick={() => start.send()}
        >
          Start capture
        </RoleButton>
      }
    >
      {problem && <ProblemNote problem={problem} />}
      {isDrawn && (
        <div style="padding: 8px 12px">
          <Lanes label="Sessions by time" lanes={[sessions.filter((each) => each.started_at).map(pieceOf)]} />
        </div>
      )}
      {sessions.length ? (
        <Table
          label="Capture sessions"
          rows={sessions}
          keyOf={(session) => session.id}
          columns={[
            { name: "No.", isNumber: true, cell: (session) => session.ordinal },
            { name: "Status", cell: (session) => <Status status={session.status} /> },
            { name: "Started", cell: (session) => <Time at={session.started_at} isAgo /> },
            {
              name: "Took",
              isNumber: true,
              isExtra: true,
              cell: (session) => (session.duration_s === null ? "–" : durationText(session.duration_s * 1e6)),
            },
            { name: "", cell: (session) => <SessionButton session={session} act={act.send} /> },
          ]}
        />
      ) : (
        <Empty title="Nothing captured yet" />
      )}
      {props.total > sessions.length && (
        <p class="muted cut-note">
          {sessions.length} of its {countText(props.total)} capture sessions.
        </p>
      )}
    </Panel>
  );
}

function SessionButton(props: {
  session: CaptureSession;
  act: (session: CaptureSession, verb: "start" | "stop") => void;
}) {
  const { session, act } = props;
  if (session.status === "draft") {
    return (
      <RoleButton least="editor" icon="record" onClick={() => act(session, "start")}>
        Start
      </RoleButton>
    );
  }
  if (session.status !== "running") return null;
  return (
    <RoleButton least="editor" kind="danger" icon="stop" onClick={() => act(session, "stop")}>
      Stop
    </RoleButton>
  );
}

function pieceOf(session: CaptureSession): LanePiece {
  const tone = session.status === "failed" ? "bad" : session.status === "succeeded" ? "ok" : "";
  return {
    key: session.id,
    from: session.started_at,
    to: session.stopped_at,
    text: String(session.ordinal),
    tone,
  };
}
