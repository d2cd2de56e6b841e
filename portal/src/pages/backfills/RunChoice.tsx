/** A run, and one of its capture sessions, as what a backfill is about. */

import { api, ask } from "../../api/client.ts";
import type { CaptureSession } from "../../api/types.ts";
import { projectId } from "../../session.ts";
import { durationText } from "../../times.ts";
import { SelectField } from "../../ui/forms/fields.tsx";
import { useAsked } from "../../ui/requests/asking.ts";

export function RunChoice(props: {
  run: string | null;
  session: string | null;
  sessions: CaptureSession[];
  onRun: (run: string | null) => void;
  onSession: (session: string | null) => void;
}) {
  const project = projectId.value;
  const asked = useAsked(project && `runs ${project}`, (signal) => {
    const params = { path: { project_id: project ?? "" }, query: { limit: 200 } };
    return ask(api.GET("/api/v1/projects/{project_id}/runs", { params, signal }));
  });
  const runs = (asked.data?.items ?? []).map((each) => [each.id, each.name] as const);
  const isListed = !props.run || runs.some(([id]) => id === props.run);
  return (
    <>
      <SelectField
        label="Run"
        value={props.run ?? ""}
        choices={[
          ["", "Any"],
          ...(isListed ? [] : [[props.run ?? "", "The one of the link"] as const]),
          ...runs,
        ]}
        onChange={(id) => props.onRun(id || null)}
      />
      {props.run && (
        <SelectField
          label="Capture session"
          value={props.session ?? ""}
          choices={[["", "All of the run"], ...props.sessions.map(named)]}
          onChange={(id) => props.onSession(id || null)}
        />
      )}
    </>
  );
}

/** The sessions of a run, first to last. */
export function useSessions(run: string | null): CaptureSession[] {
  const asked = useAsked(run && `sessions ${run}`, (signal) => {
    const params = { path: { run_id: run ?? "" }, query: { limit: 200 } };
    return ask(api.GET("/api/v1/runs/{run_id}/capture-sessions", { params, signal }));
  });
  const items = run ? (asked.data?.items ?? []) : [];
  return [...items].sort((one, other) => one.ordinal - other.ordinal);
}

function named(session: CaptureSession): readonly [string, string] {
  const length = session.duration_s === null ? session.status : durationText(session.duration_s * 1e6);
  return [session.id, `Session ${session.ordinal}, ${length}`];
}
