/** Capture sessions as windows of time, in the time picker: the last ones, run by run. */

import { Fragment } from "preact";
import { fixedRange, type Range } from "../../../ranges.ts";
import { thoseOf } from "../../../sensors.ts";
import { projectId } from "../../../session.ts";
import { durationText } from "../../../times.ts";
import { MenuItem } from "../../../ui/dialogs.tsx";
import { useAsked } from "../../../ui/requests/asking.ts";
import { sessionPeriod } from "../overview/around.ts";
import { readSessions } from "../overview/surroundings.ts";
import { runsOf } from "./sessionRuns.ts";

const MOST = 30;
const EVERY_MS = 60_000;

export function SessionItems(props: { sensors: string[]; onRange: (range: Range) => void }) {
  const { onRange } = props;
  const project = projectId.value;
  const sensors = thoseOf(project, props.sensors);
  const asked = useAsked(
    project && (sensors.length > 0 || !props.sensors.length) ? `sessions ${project} ${sensors}` : null,
    (signal) => readSessions(project ?? "", sensors, signal, { limit: MOST }),
    EVERY_MS,
    true,
  );
  const sessions = asked.data?.items;
  if (!sessions?.length) return null;
  const nowUs = Date.now() * 1000;
  const show = (fromUs: number, toUs: number) => onRange(fixedRange(fromUs, toUs));
  return (
    <>
      <div class="head">Capture sessions</div>
      {runsOf(sessions, nowUs).map((run) => (
        <Fragment key={run.id}>
          <MenuItem onClick={() => show(run.fromUs, run.toUs)}>
            <strong>{run.name}</strong>, whole
          </MenuItem>
          {run.sessions.map((session) => {
            const { fromUs, toUs } = sessionPeriod(session, nowUs);
            return (
              <MenuItem key={session.id} onClick={() => show(fromUs, toUs)}>
                #{session.ordinal}{" "}
                <span class="muted">
                  {durationText(toUs - fromUs)}, {session.status}
                </span>
              </MenuItem>
            );
          })}
        </Fragment>
      ))}
      {asked.data?.next_cursor && (
        <div class="note">The last {MOST}. The overview below the plots has those of its own stretch.</div>
      )}
    </>
  );
}
