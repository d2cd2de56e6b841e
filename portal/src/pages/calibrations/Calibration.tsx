/** The calibrations of one sensor: versions, a new one with its curve, old against new, and when each holds. */

import { useEffect, useRef, useState } from "preact/hooks";
import { useRoute } from "preact-iso";
import { api, ask } from "../../api/client.ts";
import { everyItem } from "../../api/everyItem.ts";
import type { KindOfProfile, Profile, Sensor } from "../../api/types.ts";
import { keep } from "../../sensors.ts";
import { turnTo } from "../../session.ts";
import { isoTime, parseTime } from "../../times.ts";
import { RoleButton, RoleLink } from "../../ui/buttons.tsx";
import { Badge, Time } from "../../ui/facts.tsx";
import { ItemPage } from "../../ui/ItemPage.tsx";
import { Empty } from "../../ui/notes.tsx";
import { Page, Panel } from "../../ui/Page.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { Table } from "../../ui/tables/table.tsx";
import "../../style/live.css";
import { planAddress } from "../backfills/scope.ts";
import { Activate } from "./Activate.tsx";
import type { ProfileDraft } from "./curve.ts";
import { ProfileEditor } from "./editor/ProfileEditor.tsx";
import { type Holding, isFromTheBeginning, measured } from "./timeline.ts";

interface Known {
  sensor: Sensor;
  profiles: Profile[];
  kinds: KindOfProfile[];
}

export default function CalibrationPage() {
  const id = useRoute().params.sensor ?? "";
  const asked = useAsked(`calibration ${id}`, (signal) => readAll(id, signal));
  useEffect(() => {
    if (!asked.data) return;
    keep([asked.data.sensor]);
    turnTo(asked.data.sensor.project_id);
  }, [asked.data]);
  return (
    <ItemPage title="Calibration" asked={asked}>
      {(known) => <Whole known={known} again={asked.again} />}
    </ItemPage>
  );
}

function Whole({ known, again }: { known: Known; again: () => void }) {
  const { sensor, profiles, kinds } = known;
  const current = profiles.find((each) => each.validity.some((piece) => piece.valid_to === null));
  const [template, setTemplate] = useState<{ draft: ProfileDraft; note: string } | null>(null);
  const [activated, setActivated] = useState<Profile | null>(null);
  const [held, setHeld] = useState<{ profile: Profile; holding: Holding } | null>(null);
  const shown = template?.draft ?? draftOf(current) ?? { kind: "linear", payload: { slope: 1, offset: 0 } };
  const begin = (draft: ProfileDraft | null, note: string) => setTemplate(draft && { draft, note });
  return (
    <Page
      title={`Calibration of ${sensor.key}`}
      tools={
        <>
          <a class="button" href={`/sensors/${sensor.id}`}>
            Sensor
          </a>
          <RoleLink least="editor" href={planAddress({ sensors: [sensor.id] })}>
            Apply to history
          </RoleLink>
        </>
      }
    >
      {held && <HeldNow sensor={sensor} {...held} />}
      <Panel title="Versions" isBare>
        {profiles.length ? (
          <Table
            label="Versions of the calibration"
            rows={profiles}
            keyOf={(each) => each.id}
            hasCards
            columns={[
              { name: "Version", cell: (each) => <strong>v{each.number}</strong> },
              {
                name: "Kind",
                cell: (each) => kinds.find((kind) => kind.name === each.kind)?.title ?? each.kind,
              },
              { name: "Holds", cell: (each) => <Validity profile={each} /> },
              { name: "Note", isExtra: true, cell: (each) => each.note },
              { name: "Saved", isExtra: true, cell: (each) => <Time at={each.created_at} isAgo /> },
              {
                name: "",
                cell: (each) => (
                  <div class="row" style="flex-wrap: nowrap">
                    <RoleButton least="editor" onClick={() => setActivated(each)}>
                      Activate
                    </RoleButton>
                    <RoleButton
                      least="editor"
                      kind="quiet"
                      refused={each.payload ? null : "The project shows viewers no payloads"}
                      onClick={() => begin(draftOf(each), "")}
                    >
                      Begin from it
                    </RoleButton>
                  </div>
                ),
              },
            ]}
          />
        ) : (
          <Empty title="No calibration yet">
            <p>Readings of this sensor have no physical value. Make a version below.</p>
          </Empty>
        )}
      </Panel>
      <ProfileEditor
        key={JSON.stringify(shown)}
        sensor={sensor}
        kinds={kinds}
        start={shown}
        startNote={template?.note ?? ""}
        current={draftOf(current)}
        onImported={begin}
        onSaved={(profile) => {
          again();
          setActivated(profile);
        }}
      />
      {activated && (
        <Activate
          sensor={sensor}
          profile={activated}
          onClose={() => setActivated(null)}
          onDone={(holding) => {
            setHeld({ profile: activated, holding });
            again();
          }}
        />
      )}
    </Page>
  );
}

/** What was activated, and the way to what is stored. */
function HeldNow({ sensor, profile, holding }: { sensor: Sensor; profile: Profile; holding: Holding }) {
  const { fromUs, toUs } = holding;
  const note = useRef<HTMLDivElement>(null);
  useEffect(() => note.current?.scrollIntoView({ block: "center" }), [profile, holding]);
  const isPast = fromUs === null || fromUs < (parseTime(sensor.last_seen_at ?? "") ?? 0);
  const plan = planAddress({
    sensors: [sensor.id],
    from: fromUs === null ? null : isoTime(fromUs),
    to: toUs === null ? null : isoTime(toUs),
  });
  return (
    <div class="note ok" role="status" ref={note}>
      <strong>
        Version {profile.number} holds {fromUs === null ? "from the beginning" : <Time at={fromUs} />} –{" "}
        {toUs === null ? "on" : <Time at={toUs} />}
      </strong>
      {isPast && (
        <>
          <span>Readings that were stored in this time keep their values until a backfill.</span>
          <div>
            <a class="button primary" href={plan}>
              Apply it to history
            </a>
          </div>
        </>
      )}
    </div>
  );
}

function Validity({ profile }: { profile: Profile }) {
  const pieces = measured(profile.validity);
  if (profile.deprecated_at && !pieces.length) return <Badge>deprecated</Badge>;
  if (!pieces.length) return <span class="muted">never</span>;
  return (
    <>
      {pieces.map((piece) => (
        <div key={piece.valid_from}>
          {isFromTheBeginning(piece.valid_from) ? "always" : <Time at={piece.valid_from} />} –{" "}
          {piece.valid_to ? <Time at={piece.valid_to} /> : <Badge tone="ok">now</Badge>}
        </div>
      ))}
    </>
  );
}

function draftOf(profile: Profile | undefined): ProfileDraft | null {
  return profile?.payload ? { kind: profile.kind, payload: profile.payload } : null;
}

async function readAll(id: string, signal: AbortSignal): Promise<Known> {
  const path = { sensor_id: id };
  const [sensor, profiles, kinds] = await Promise.all([
    ask(api.GET("/api/v1/sensors/{sensor_id}", { params: { path }, signal })),
    everyItem((query) =>
      ask(api.GET("/api/v1/sensors/{sensor_id}/conversion-profiles", { params: { path, query }, signal })),
    ),
    ask(api.GET("/api/v1/conversion-kinds", { signal })),
  ]);
  const newest = [...profiles].sort((one, other) => other.number - one.number);
  return { sensor, profiles: newest, kinds: kinds.items };
}
