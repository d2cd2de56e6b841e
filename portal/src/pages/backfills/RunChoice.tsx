/** A run, and one of its capture sessions, as what a backfill is about. */

import { api, ask } from "../../api/client.ts";
import { everyItem } from "../../api/everyItem.ts";
import type { CaptureSession } from "../../api/types.ts";
import { projectId } from "../../session.ts";
import { durationText } from "../../times.ts";
import { Status } from "../../ui/facts.tsx";
import { Combobox } from "../../ui/forms/Combobox.tsx";
import { Field, SelectField } from "../../ui/forms/fields.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { findRuns } from "../parts/foundRuns.ts";

interface RunItem {
  id: string | null;
  name: string;
  status?: string;
}

const ANY: RunItem = { id: null, name: "Any" };

export function RunChoice(props: {
  run: string | null;
  session: string | null;
  sessions: CaptureSession[];
  onRun: (run: string | null) => void;
  onSession: (session: string | null) => void;
}) {
  const { run } = props;
  const project = projectId.value;
  const chosen = useAsked(run && `run ${run}`, (signal) =>
    ask(api.GET("/api/v1/runs/{run_id}", { params: { path: { run_id: run ?? "" } }, signal })),
  );
  return (
    <>
      <Field label="Run">
        {({ id }) => (
          <Combobox<RunItem>
            id={id}
            label="Run"
            noun="Runs"
            shown={run ? (chosen.data?.name ?? "The one of the link") : ANY.name}
            scope={project && `runs ${project}`}
            find={(text, signal) => findRuns(project ?? "", text, signal)}
            fixed={[ANY]}
            keyOf={(each) => each.id ?? ""}
            line={(each) => (
              <>
                <span class="grow cut">{each.name}</span>
                {each.status && <Status status={each.status} />}
              </>
            )}
            none="No run fits"
            onPick={(each) => props.onRun(each.id)}
          />
        )}
      </Field>
      {run && (
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
  const asked = useAsked(run && `sessions ${run}`, (signal) =>
    everyItem((query) => {
      const params = { path: { run_id: run ?? "" }, query };
      return ask(api.GET("/api/v1/runs/{run_id}/capture-sessions", { params, signal }));
    }),
  );
  const items = run ? (asked.data ?? []) : [];
  return [...items].sort((one, other) => one.ordinal - other.ordinal);
}

function named(session: CaptureSession): readonly [string, string] {
  const length = session.duration_s === null ? session.status : durationText(session.duration_s * 1e6);
  return [session.id, `Session ${session.ordinal}, ${length}`];
}
