/** What is to be converted anew: sensors, a run, a period, by which calibration; first as a dry run. */

import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, ask } from "../../api/client.ts";
import { everyItem } from "../../api/everyItem.ts";
import type { CaptureSession, Profile } from "../../api/types.ts";
import { fixedRange, type Range } from "../../ranges.ts";
import { learn, nameOf, sensorsById } from "../../sensors.ts";
import { projectId } from "../../session.ts";
import { zone } from "../../settings.ts";
import { parseTime } from "../../times.ts";
import { Chip, RoleButton } from "../../ui/buttons.tsx";
import { RoleNote } from "../../ui/ForRole.tsx";
import { SelectField, TextField } from "../../ui/forms/fields.tsx";
import { SensorPicker } from "../../ui/forms/SensorPicker.tsx";
import { Empty, ProblemNote } from "../../ui/notes.tsx";
import { Page, Panel } from "../../ui/Page.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { useSending } from "../../ui/requests/sending.ts";
import { RunChoice, useSessions } from "./RunChoice.tsx";
import { ScopePlots } from "./ScopePlots.tsx";
import {
  type BackfillScope,
  type OpenPeriod,
  periodText,
  readPeriod,
  readScope,
  scopeBody,
  WHOLE,
} from "./scope.ts";

export default function PlanBackfill() {
  const { route } = useLocation();
  const [scope, setScope] = useState(() => readScope(location.search, zone.value));
  const [reason, setReason] = useState("");
  const period = readPeriod(scope.period, Date.now() * 1000, zone.value);
  // What is in sight does not move when the period is chosen in it.
  const [linked] = useState(period);
  const sessions = useSessions(scope.run);
  const change = (part: Partial<BackfillScope>) => setScope((last) => ({ ...last, ...part }));
  const sending = useSending(
    async (key, dry_run: boolean) =>
      ask(
        api.POST("/api/v1/projects/{project_id}/backfills", {
          params: { path: { project_id: projectId.value ?? "" }, header: { "idempotency-key": key } },
          body: { reason, dry_run, ...scopeBody(scope, period ?? WHOLE) },
        }),
      ),
    (made) => route(`/backfills/${made.id}`),
  );
  useEffect(() => {
    learn(scope.sensors);
  }, [scope.sensors]);
  const refused = period ? null : "The period can't be read";
  return (
    <Page title="New backfill">
      <div class="columns plan">
        <Panel title="What is converted anew">
          <form
            class="form"
            onSubmit={(event) => {
              event.preventDefault();
              if (!refused) sending.send(true);
            }}
          >
            <ChooseSensors scope={scope} onChange={change} />
            <RunChoice
              run={scope.run}
              session={scope.session}
              sessions={sessions}
              onRun={(run) => change({ run, session: null })}
              onSession={(session) => change({ session })}
            />
            <TextField
              label="Period"
              placeholder="last 7 d"
              hint="Empty: everything that is stored. Or such as: yesterday, from 2026-11-25, 2026-11-25 10:00 to 11:30; or drag over the plot"
              fault={refused ?? sending.problem?.faultOf("/from") ?? sending.problem?.faultOf("/to") ?? null}
              value={scope.period}
              onInput={(text) => change({ period: text })}
            />
            <ChooseVersion scope={scope} onChange={change} />
            <TextField
              label="Reason"
              isRequired
              hint="For those who read the history later"
              value={reason}
              onInput={setReason}
              fault={sending.problem?.faultOf("/reason") ?? null}
            />
            {sending.problem && <ProblemNote problem={sending.problem} />}
            <RoleNote least="editor" />
            <div class="row">
              <RoleButton
                least="editor"
                kind="primary"
                type="submit"
                isBusy={sending.isBusy}
                refused={refused}
              >
                Dry run
              </RoleButton>
              <RoleButton
                least="editor"
                isBusy={sending.isBusy}
                refused={refused ?? (reason.trim() ? null : "Give a reason first")}
                onClick={() => sending.send(false)}
              >
                Start it at once
              </RoleButton>
            </div>
            <p class="muted">A dry run tells what would change, and changes nothing.</p>
          </form>
        </Panel>
        <Panel title="What is stored" isBare>
          {scope.sensors.length ? (
            <ScopePlots
              key={`${scope.sensors.join()} ${scope.run} ${scope.session}`}
              sensors={scope.sensors}
              period={period}
              range={firstRange(scope, sessions, linked)}
              onPeriod={(chosen) => change({ period: periodText(chosen, zone.value) })}
            />
          ) : (
            <Empty title="No sensor is chosen">
              <p>
                The backfill is about every sensor of the {scope.run ? "run" : "project"}. Choose some to see
                what is stored.
              </p>
            </Empty>
          )}
        </Panel>
      </div>
    </Page>
  );
}

interface ScopePart {
  scope: BackfillScope;
  onChange: (part: Partial<BackfillScope>) => void;
}

function ChooseSensors({ scope, onChange }: ScopePart) {
  const { sensors } = scope;
  return (
    <div class="field">
      <span class="label">Sensors</span>
      <SensorPicker
        chosen={sensors}
        onPick={(sensor) => onChange({ sensors: [...sensors, sensor.id], profile: null })}
      />
      <div class="row">
        {sensors.map((id) => (
          <Chip
            key={id}
            name={nameOf(sensorsById.value.get(id), id)}
            onLeaveOut={() => onChange({ sensors: sensors.filter((each) => each !== id), profile: null })}
          />
        ))}
        {!sensors.length && (
          <span class="muted">{scope.run ? "All of the run." : "All of the project."}</span>
        )}
      </div>
    </div>
  );
}

/** A version can be named where there is one sensor; it is then also given the period. */
function ChooseVersion({ scope, onChange }: ScopePart) {
  const sensor = scope.sensors.length === 1 ? (scope.sensors[0] ?? null) : null;
  const asked = useAsked(sensor && `versions ${sensor}`, (signal) =>
    everyItem((query) => {
      const params = { path: { sensor_id: sensor ?? "" }, query };
      return ask(api.GET("/api/v1/sensors/{sensor_id}/conversion-profiles", { params, signal }));
    }),
  );
  if (!sensor) return null;
  return (
    <SelectField
      label="By"
      value={scope.profile ?? ""}
      hint={scope.profile ? "This version is first given the period, so that it holds there." : undefined}
      choices={[["", "The calibration that holds at each reading's time"], ...(asked.data ?? []).map(named)]}
      onChange={(id) => onChange({ profile: id || null })}
    />
  );
}

function named(profile: Profile): readonly [string, string] {
  return [profile.id, `Version ${profile.number}${profile.note ? `: ${profile.note}` : ""}`];
}

/** The sessions of the run, else the period of the link; null without either. */
function firstRange(
  scope: BackfillScope,
  sessions: CaptureSession[],
  period: OpenPeriod | null,
): Range | null {
  const chosen = sessions.filter((each) => !scope.session || each.id === scope.session);
  const starts = chosen.map((each) => parseTime(each.started_at ?? "")).filter((us) => us !== null);
  const ends = chosen.map((each) => parseTime(each.stopped_at ?? "") ?? Date.now() * 1000);
  const from = starts.length ? Math.min(...starts) : (period?.fromUs ?? null);
  const to = starts.length ? Math.max(...ends) : (period?.toUs ?? Date.now() * 1000);
  if (from === null || from >= to) return null;
  const air = (to - from) * 0.1;
  return fixedRange(from - air, Math.min(to + air, Math.max(Date.now() * 1000, to)));
}
