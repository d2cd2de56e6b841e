/** One sensor: its last hour, its calibrations, what was rejected, its settings. */

import { useEffect, useState } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso";
import { api, ask, etagOf } from "../../api/client.ts";
import type { Sensor as SensorItem } from "../../api/types.ts";
import { keep } from "../../sensors.ts";
import { refusedFor, turnTo } from "../../session.ts";
import { HOUR } from "../../times.ts";
import { Button, RoleButton } from "../../ui/buttons.tsx";
import { Confirm } from "../../ui/dialogs.tsx";
import { ForRaw } from "../../ui/ForRole.tsx";
import { ConnectionDot, Facts, Status, Tags, Time } from "../../ui/facts.tsx";
import { ItemPage } from "../../ui/ItemPage.tsx";
import { type LanePiece, Lanes } from "../../ui/Lanes.tsx";
import { Answered, ProblemNote } from "../../ui/notes.tsx";
import { Page, Panel } from "../../ui/Page.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { useReadAgain, useSending } from "../../ui/requests/sending.ts";
import { Table } from "../../ui/tables/table.tsx";
import { toastProblem } from "../../ui/toasts.tsx";
import { HistoryPlots } from "../parts/HistoryPlots.tsx";
import { Limits } from "./Limits.tsx";
import { EditSensor } from "./SensorForms.tsx";
import "../../style/live.css";

export default function SensorPage() {
  const id = useRoute().params.id ?? "";
  const asked = useAsked(`sensor ${id}`, (signal) =>
    ask(api.GET("/api/v1/sensors/{sensor_id}", { params: { path: { sensor_id: id } }, signal })),
  );
  useEffect(() => {
    if (!asked.data) return;
    keep([asked.data]);
    turnTo(asked.data.project_id);
  }, [asked.data]);
  return (
    <ItemPage title="Sensor" asked={asked}>
      {(sensor) => <Known sensor={sensor} again={asked.again} />}
    </ItemPage>
  );
}

function Known({ sensor, again }: { sensor: SensorItem; again: () => void }) {
  const [isEditing, setEditing] = useState(false);
  return (
    <Page
      title={sensor.key}
      head={
        <>
          <ConnectionDot connection={sensor.connection} hasWord />
          <Status status={sensor.status ?? "active"} />
        </>
      }
      tools={
        <>
          <a class="button" href={`/live?s=${sensor.id}&live=1m`}>
            Live
          </a>
          <a class="button" href={`/calibrations/${sensor.id}`}>
            Calibrate
          </a>
          <RoleButton least="editor" onClick={() => setEditing(true)}>
            Change
          </RoleButton>
        </>
      }
    >
      <Panel title="Last hour" isBare>
        <HistoryPlots
          key={sensor.id}
          sensors={[sensor.id]}
          range={{ kind: "last", lengthUs: HOUR }}
          height={220}
        />
      </Panel>
      <div class="columns">
        <Panel title="Facts">
          <Facts
            items={[
              ["Name", sensor.name || "–"],
              ["Kind", sensor.kind || "–"],
              ["Sent in", sensor.input_unit || "–"],
              ["Physical unit", sensor.output_unit || "–"],
              ["Tags", sensor.tags?.length ? <Tags tags={sensor.tags} /> : "–"],
              ["Alarm if silent for", sensor.silent_after_s ? `${sensor.silent_after_s} s` : "never"],
              ["Last seen", <Time key="seen" at={sensor.last_seen_at} />],
              ["Made", <Time key="made" at={sensor.created_at} />],
              ["Id", <code key="id">{sensor.id}</code>],
            ]}
          />
        </Panel>
        <Validity sensor={sensor} />
        <Limits sensor={sensor} />
        <ForRaw title="Rejected readings">
          <Rejects sensor={sensor} />
        </ForRaw>
        <DangerZone sensor={sensor} again={again} />
      </div>
      {isEditing && <EditSensor sensor={sensor} onClose={() => setEditing(false)} onDone={again} />}
    </Page>
  );
}

function Validity({ sensor }: { sensor: SensorItem }) {
  const asked = useAsked(`timeline ${sensor.id}`, (signal) =>
    ask(
      api.GET("/api/v1/sensors/{sensor_id}/timeline", { params: { path: { sensor_id: sensor.id } }, signal }),
    ),
  );
  return (
    <Panel title="Which calibration holds when" tools={<a href={`/calibrations/${sensor.id}`}>Versions</a>}>
      <Answered asked={asked}>
        {({ items }) =>
          items.length ? (
            <Lanes
              label="Calibrations by time"
              lanes={[
                items.map(
                  (piece): LanePiece => ({
                    key: `${piece.number} ${piece.valid_from}`,
                    from: piece.valid_from,
                    to: piece.valid_to,
                    text: `v${piece.number} ${piece.kind}`,
                  }),
                ),
              ]}
            />
          ) : (
            <p class="muted">None: readings have no physical value.</p>
          )
        }
      </Answered>
    </Panel>
  );
}

function Rejects({ sensor }: { sensor: SensorItem }) {
  const asked = useAsked(`rejects ${sensor.id}`, (signal) =>
    ask(
      api.GET("/api/v1/projects/{project_id}/rejected-readings", {
        params: { path: { project_id: sensor.project_id }, query: { sensor: sensor.id, limit: 10 } },
        signal,
      }),
    ),
  );
  return (
    <Panel title="Rejected readings" isBare>
      <Answered asked={asked}>
        {({ items, next_cursor }) =>
          items.length ? (
            <>
              <Table
                label="Rejected readings"
                rows={items}
                keyOf={(row) => row.id}
                columns={[
                  { name: "Received", cell: (row) => <Time at={row.received_at} isAgo /> },
                  { name: "Why", cell: (row) => <code>{row.code}</code> },
                  { name: "Value", isNumber: true, cell: (row) => row.text ?? String(row.value ?? "–") },
                ]}
              />
              {next_cursor && (
                <p class="muted cut-note">
                  The newest {items.length}. <a href="/gateways">Gateways</a> has all of them by their codes.
                </p>
              )}
            </>
          ) : (
            <p class="muted" style="padding: 12px">
              None are kept.
            </p>
          )
        }
      </Answered>
    </Panel>
  );
}

type NextStatus = "active" | "inactive" | "decommissioned";

function DangerZone({ sensor, again }: { sensor: SensorItem; again: () => void }) {
  const { route } = useLocation();
  const [asksFor, setAsksFor] = useState<NextStatus | "delete" | null>(null);
  const header = { "if-match": etagOf(sensor) };
  const params = { path: { sensor_id: sensor.id }, header };
  const change = useSending(
    async (_key: string, next: NextStatus | "delete") => {
      if (next === "delete") await ask(api.DELETE("/api/v1/sensors/{sensor_id}", { params }));
      else await ask(api.PATCH("/api/v1/sensors/{sensor_id}", { params, body: { status: next } }));
      return next;
    },
    (next) => {
      setAsksFor(null);
      if (next === "delete") route("/sensors");
      else again();
    },
  );
  useReadAgain(change.problem, again);
  const moves: [NextStatus | "delete", string][] =
    sensor.status === "active" || sensor.status === "registering"
      ? [
          ["inactive", "Switch off"],
          ["decommissioned", "Decommission"],
          ["delete", "Delete"],
        ]
      : [
          ["active", "Switch on"],
          ["delete", "Delete"],
        ];
  return (
    <Panel title="Take it out of use">
      <div class="stack">
        <p class="muted">
          A sensor that is off has its readings rejected; they are kept and can be replayed.
        </p>
        <div class="row">
          {moves.map(([next, name]) => (
            <Button
              key={next}
              kind={next === "active" ? "primary" : "danger"}
              refused={refusedFor("editor")}
              onClick={() => (next === "active" ? change.send(next).catch(toastProblem) : setAsksFor(next))}
            >
              {name}
            </Button>
          ))}
        </div>
        {change.problem && !asksFor && <ProblemNote problem={change.problem} />}
      </div>
      {asksFor && (
        <Confirm
          title={`${moves.find(([next]) => next === asksFor)?.[1]} ${sensor.key}?`}
          verb={moves.find(([next]) => next === asksFor)?.[1] ?? "Do it"}
          isBusy={change.isBusy}
          onConfirm={() => change.send(asksFor)}
          onClose={() => {
            change.forget();
            setAsksFor(null);
          }}
        >
          {asksFor === "delete"
            ? "Only a sensor without readings can be deleted. One with readings is decommissioned, and keeps them."
            : "From now on its readings are rejected. What is stored stays."}
          {change.problem && <ProblemNote problem={change.problem} />}
        </Confirm>
      )}
    </Panel>
  );
}
