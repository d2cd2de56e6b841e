/** One sensor: its last hour, its calibrations, what was rejected, its settings. */

import { useEffect, useState } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso";
import { api, ask } from "../../api/client.ts";
import type { Sensor as SensorItem } from "../../api/types.ts";
import { keep } from "../../sensors.ts";
import { turnTo } from "../../session.ts";
import { HOUR } from "../../times.ts";
import { RoleButton } from "../../ui/buttons.tsx";
import { ForRaw } from "../../ui/ForRole.tsx";
import { ConnectionDot, Facts, Status, Tags, Time } from "../../ui/facts.tsx";
import { ItemPage } from "../../ui/ItemPage.tsx";
import { type LanePiece, Lanes } from "../../ui/Lanes.tsx";
import { Answered } from "../../ui/notes.tsx";
import { Page, Panel } from "../../ui/Page.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { Table } from "../../ui/tables/table.tsx";
import { HistoryPlots } from "../parts/HistoryPlots.tsx";
import { Limits } from "./Limits.tsx";
import { EditSensor } from "./SensorForms.tsx";
import { movesOf, SensorMove, type SensorMoveKind } from "./SensorMove.tsx";
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
                  {
                    name: "Why",
                    cell: (row) => (
                      <>
                        <code>{row.code}</code>
                        {row.detail && <div class="muted">{row.detail}</div>}
                      </>
                    ),
                  },
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

function DangerZone({ sensor, again }: { sensor: SensorItem; again: () => void }) {
  const { route } = useLocation();
  const [move, setMove] = useState<SensorMoveKind | null>(null);
  return (
    <Panel title="Take it out of use">
      <div class="stack">
        <p class="muted">
          A sensor that is off has its readings rejected; they are kept and can be replayed.
        </p>
        <div class="row">
          {movesOf(sensor).map((each) => (
            <RoleButton
              key={each.verb}
              least="editor"
              kind={each.status === "active" ? "primary" : "danger"}
              onClick={() => setMove(each)}
            >
              {each.verb}
            </RoleButton>
          ))}
        </div>
      </div>
      {move && (
        <SensorMove
          sensor={sensor}
          move={move}
          onDone={() => (move.status === null ? route("/sensors") : again())}
          onClose={() => setMove(null)}
        />
      )}
    </Panel>
  );
}
