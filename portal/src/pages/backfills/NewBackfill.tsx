/** What is to be converted anew: sensors, a period, by which calibration; first as a dry run. */

import { useEffect, useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { BackfillDetail } from "../../api/types.ts";
import { typedRange } from "../../ranges.ts";
import { learn, nameOf, sensorsById } from "../../sensors.ts";
import { projectId } from "../../session.ts";
import { zone } from "../../settings.ts";
import { isoTime } from "../../times.ts";
import { Button } from "../../ui/buttons.tsx";
import { CheckField, TextField } from "../../ui/fields.tsx";
import { FormDialog } from "../../ui/forms.tsx";
import { SensorPicker } from "../../ui/SensorPicker.tsx";
import { useSending } from "../../ui/sending.ts";

export function NewBackfill(props: {
  sensor: string | null;
  onClose: () => void;
  onMade: (made: BackfillDetail) => void;
}) {
  const [sensors, setSensors] = useState<string[]>(props.sensor ? [props.sensor] : []);
  const [reason, setReason] = useState("");
  const [period, setPeriod] = useState("");
  const [isDry, setDry] = useState(true);
  useEffect(() => {
    learn(sensors);
  }, [sensors]);
  const range = period ? typedRange(period, Date.now() * 1000, zone.value) : null;
  const sending = useSending(async (key) => {
    const times =
      range?.kind === "fixed" ? { from: isoTime(range.fromUs), to: isoTime(range.toUs) } : lastTimes(range);
    return ask(
      api.POST("/api/v1/projects/{project_id}/backfills", {
        params: { path: { project_id: projectId.value ?? "" }, header: { "idempotency-key": key } },
        body: { reason, dry_run: isDry, ...(sensors.length ? { sensors } : {}), ...times },
      }),
    );
  }, props.onMade);
  const isBadPeriod = period !== "" && range === null;
  return (
    <FormDialog
      title="New backfill"
      verb={isDry ? "Try it" : "Start it"}
      sending={sending}
      onClose={props.onClose}
    >
      <div class="field">
        <span class="label">Sensors</span>
        <SensorPicker chosen={sensors} onPick={(sensor) => setSensors([...sensors, sensor.id])} />
        <div class="row">
          {sensors.map((id) => (
            <Button key={id} icon="close" onClick={() => setSensors(sensors.filter((each) => each !== id))}>
              {nameOf(sensorsById.value.get(id), id)}
            </Button>
          ))}
          {!sensors.length && <span class="muted">All of the project.</span>}
        </div>
      </div>
      <TextField
        label="Period"
        placeholder="last 7 d"
        hint="Empty: everything that is stored. Or such as: yesterday, 2026-11-25 10:00 to 11:30"
        fault={isBadPeriod ? "That is no period" : (sending.problem?.faultOf("/from") ?? null)}
        value={period}
        onInput={setPeriod}
      />
      <TextField
        label="Reason"
        isRequired
        hint="For those who read the history later"
        value={reason}
        onInput={setReason}
        fault={sending.problem?.faultOf("/reason") ?? null}
      />
      <CheckField label="Dry run: tell what would change, change nothing" value={isDry} onChange={setDry} />
    </FormDialog>
  );
}

function lastTimes(range: ReturnType<typeof typedRange>) {
  if (range?.kind !== "last") return {};
  const now = Date.now() * 1000;
  return { from: isoTime(now - range.lengthUs), to: isoTime(now) };
}
