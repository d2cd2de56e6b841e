/** Old and new of one of a backfill's sensors, over the period or any part of it. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import { everyItem } from "../../api/everyItem.ts";
import type { BackfillDetail, CaptureSession } from "../../api/types.ts";
import type { Period } from "../../ranges.ts";
import { dataExtent } from "../../series/extent.ts";
import { DAY, HOUR, parseTime } from "../../times.ts";
import { SelectField } from "../../ui/forms/fields.tsx";
import { ProblemNote, Waiting } from "../../ui/notes.tsx";
import { Panel } from "../../ui/Page.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { rangeText } from "../explore/tools/TimePicker.tsx";
import { OldNewFigure } from "../parts/OldNewFigure.tsx";
import { askOldNew } from "./oldNew.ts";

export function OldNewPanel({ item }: { item: BackfillDetail }) {
  const byChange = [...item.effect].sort((one, other) => (other.max_change ?? 0) - (one.max_change ?? 0));
  const [chosen, setChosen] = useState<string | null>(null);
  const [zoomed, setZoomed] = useState<Period | null>(null);
  const sensor = chosen ?? byChange[0]?.sensor_id ?? null;
  const whole = useAsked(sensor && `period ${item.id} ${sensor}`, (signal) => periodOf(item, sensor, signal));
  const period = zoomed ?? whole.data;
  const stamp = `${item.status} ${item.windows_done} ${item.finished_at}`;
  const asked = useAsked(
    sensor && period && `old new ${item.id} ${sensor} ${period.fromUs} ${period.toUs} ${stamp}`,
    (signal) => askOldNew(item, sensor ?? "", period ?? { fromUs: 0, toUs: 1 }, signal),
    0,
    true,
  );
  const problem = whole.problem ?? asked.problem;
  const names = namesOf(item);
  if (!sensor) return null;
  return (
    <Panel title="Old and new" isBare>
      <div class="row" style="padding: 8px 12px 0">
        {byChange.length > 1 && (
          <SelectField
            label="Sensor"
            value={sensor}
            choices={byChange.map((each) => [each.sensor_id, each.key] as const)}
            onChange={(id) => {
              setChosen(id);
              setZoomed(null);
            }}
          />
        )}
        {period && <span class="muted">{rangeText({ kind: "fixed", ...period }, period)}</span>}
      </div>
      {problem && <ProblemNote problem={problem} again={asked.again} />}
      {!asked.data && !problem && <Waiting />}
      {asked.data && (
        <OldNewFigure
          shown={asked.data}
          oldName={names[0]}
          newName={names[1]}
          onRange={(fromUs, toUs) => setZoomed({ fromUs: Math.floor(fromUs), toUs: Math.ceil(toUs) })}
          onWhole={() => setZoomed(null)}
        />
      )}
      {item.dry_run && (
        <p class="muted" style="padding: 0 12px 8px">
          The new values are the raw ones, converted as the backfill would. Where a column holds many
          readings, its first, least, greatest and last raw value are; zoom in to see each reading.
        </p>
      )}
    </Panel>
  );
}

function namesOf(item: BackfillDetail): [string, string] {
  if (item.dry_run) return ["As stored", "As it would be"];
  if (item.status === "undone") return ["As it was before", "As it is again"];
  return [
    "As it was before",
    ["finished", "failed", "cancelled"].includes(item.status) ? "By this backfill" : "As it is now",
  ];
}

/** The backfill's own period; where it is open, up to the last reading, and a day of it. */
async function periodOf(item: BackfillDetail, sensor: string | null, signal: AbortSignal): Promise<Period> {
  const sessions = await sessionPeriods(item, signal);
  const from = parseTime(item.from ?? "") ?? (sessions.length ? Math.min(...sessions.flat()) : null);
  const to = parseTime(item.to ?? "") ?? (sessions.length ? Math.max(...sessions.flat()) : null);
  if (from !== null && to !== null && from < to) return { fromUs: from, toUs: to };
  const path = { sensor_id: sensor ?? "" };
  const { last_seen_at } = await ask(api.GET("/api/v1/sensors/{sensor_id}", { params: { path }, signal }));
  const asked = parseTime(item.created_at) ?? Date.now() * 1000;
  const last = to ?? Math.min(parseTime(last_seen_at ?? "") ?? asked, asked) + 1;
  const day =
    from !== null && from < last ? { fromUs: from, toUs: last } : { fromUs: last - DAY, toUs: last };
  return (await dataExtent([sensor ?? ""], day, "physical", signal)) ?? day;
}

/** Of the run or the session that the backfill is about. */
async function sessionPeriods(item: BackfillDetail, signal: AbortSignal): Promise<[number, number][]> {
  const sessions = await sessionsOf(item, signal);
  return sessions.flatMap((each) => {
    const from = parseTime(each.started_at ?? "");
    const to = parseTime(each.stopped_at ?? "") ?? (from ?? 0) + HOUR;
    return from === null ? [] : [[from, to] as [number, number]];
  });
}

async function sessionsOf(item: BackfillDetail, signal: AbortSignal): Promise<CaptureSession[]> {
  const { run, capture_session } = item;
  if (capture_session) {
    const params = { path: { capture_session_id: capture_session } };
    return [await ask(api.GET("/api/v1/capture-sessions/{capture_session_id}", { params, signal }))];
  }
  if (!run) return [];
  return everyItem((query) => {
    const params = { path: { run_id: run }, query };
    return ask(api.GET("/api/v1/runs/{run_id}/capture-sessions", { params, signal }));
  });
}
