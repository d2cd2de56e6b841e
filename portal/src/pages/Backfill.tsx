/** One backfill: how far it is, what it changes, and the way back. */

import { useEffect, useState } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso";
import { api, ask } from "../api/client.ts";
import type { BackfillDetail } from "../api/types.ts";
import { countText, rateText, valueText } from "../numbers.ts";
import { turnTo } from "../session.ts";
import { durationText } from "../times.ts";
import { useAsked } from "../ui/asking.ts";
import { RoleButton } from "../ui/buttons.tsx";
import { Confirm } from "../ui/dialogs.tsx";
import { Badge, Facts, Meter, Status, Time } from "../ui/facts.tsx";
import { Answered, Empty, ProblemNote } from "../ui/notes.tsx";
import { Page, Panel } from "../ui/Page.tsx";
import { useSending } from "../ui/sending.ts";
import { Table } from "../ui/table.tsx";

type Verb = "pause" | "resume" | "cancel" | "undo";

const MOVES: Record<BackfillDetail["status"], Verb[]> = {
  planned: ["pause", "cancel"],
  running: ["pause", "cancel"],
  paused: ["resume", "cancel"],
  finished: ["undo"],
  cancelled: ["undo"],
  failed: ["undo"],
  undoing: ["pause"],
  undone: [],
};
const NAMES: Record<Verb, string> = { pause: "Pause", resume: "Go on", cancel: "Cancel", undo: "Undo" };
const REFRESH_MS = 1500;

export default function BackfillPage() {
  const id = useRoute().params.id ?? "";
  const [isOver, setOver] = useState(false);
  const asked = useAsked(
    `backfill ${id}`,
    (signal) =>
      ask(api.GET("/api/v1/backfills/{backfill_id}", { params: { path: { backfill_id: id } }, signal })),
    isOver ? 0 : REFRESH_MS,
  );
  const item = asked.data;
  useEffect(() => {
    if (!item) return;
    turnTo(item.project_id);
    setOver(!["planned", "running", "undoing"].includes(item.status));
  }, [item]);
  return item ? (
    <Known item={item} again={asked.again} />
  ) : (
    <Page title="Backfill">
      <Answered asked={asked}>{() => null}</Answered>
    </Page>
  );
}

function Known({ item, again }: { item: BackfillDetail; again: () => void }) {
  const [confirmed, setConfirmed] = useState<Verb | null>(null);
  const act = useSending(
    async (_key: string, verb: Verb) => control(item.id, verb),
    () => {
      setConfirmed(null);
      again();
    },
  );
  const moves = item.dry_run ? MOVES[item.status].filter((verb) => verb !== "undo") : MOVES[item.status];
  return (
    <Page
      title={item.reason}
      head={
        <>
          <Status status={item.status} />
          {item.dry_run && <Badge>dry run</Badge>}
        </>
      }
      tools={
        <>
          {moves.map((verb) => (
            <RoleButton
              key={verb}
              least="editor"
              kind={verb === "undo" || verb === "cancel" ? "danger" : undefined}
              isBusy={act.isBusy}
              onClick={() => (verb === "undo" ? setConfirmed(verb) : act.send(verb))}
            >
              {NAMES[verb]}
            </RoleButton>
          ))}
          {item.dry_run && item.status === "finished" && <ApplyButton item={item} />}
        </>
      }
    >
      {act.problem && <ProblemNote problem={act.problem} />}
      {item.error && <p class="note bad">{item.error}</p>}
      <Panel title="How far it is">
        <Progress item={item} />
      </Panel>
      <Panel title={item.dry_run ? "What would change" : "What it changed"} isBare>
        <Effect item={item} />
      </Panel>
      {item.runs.length > 0 && (
        <Panel title="Runs that it touches">
          <div class="row">
            {item.runs.map((id) => (
              <a key={id} href={`/runs/${id}`}>
                {id.slice(0, 8)}…
              </a>
            ))}
          </div>
        </Panel>
      )}
      {confirmed && (
        <Confirm
          title="Take this backfill back?"
          verb="Undo"
          isBusy={act.isBusy}
          onConfirm={() => act.send(confirmed)}
          onClose={() => setConfirmed(null)}
        >
          Every reading gets the physical value that it had before.
        </Confirm>
      )}
    </Page>
  );
}

function Progress({ item }: { item: BackfillDetail }) {
  const share = item.readings_total
    ? item.readings_done / item.readings_total
    : item.status === "finished"
      ? 1
      : 0;
  return (
    <div class="stack">
      <Meter share={share} label="Readings that are done" />
      <Facts
        items={[
          ["Readings", `${countText(item.readings_done)} of ${countText(item.readings_total)}`],
          ["Windows", `${item.windows_done} of ${item.windows_total}`],
          [
            "Speed",
            item.rate === null
              ? "–"
              : rateText(item.rate).replace("kHz", "thousand readings/s").replace("Hz", "readings/s"),
          ],
          ["Left", item.eta_s === null ? "–" : durationText(Math.ceil(item.eta_s) * 1e6)],
          [
            "By",
            item.profile === "timeline"
              ? "the calibration that holds at each reading's time"
              : `version ${item.profile}`,
          ],
          ["From", <Time key="from" at={item.from} />],
          ["To", <Time key="to" at={item.to} />],
          ["Asked", <Time key="asked" at={item.created_at} />],
        ]}
      />
    </div>
  );
}

function Effect({ item }: { item: BackfillDetail }) {
  if (!item.effect.length) return <Empty title="Nothing is known yet" />;
  return (
    <Table
      label="Change by sensor"
      rows={item.effect}
      keyOf={(each) => each.sensor_id}
      columns={[
        { name: "Sensor", cell: (each) => <a href={`/sensors/${each.sensor_id}`}>{each.key}</a> },
        { name: "Readings", isNumber: true, cell: (each) => countText(each.readings) },
        { name: "Changed", isNumber: true, cell: (each) => countText(each.changed) },
        { name: "Mean change", isNumber: true, cell: (each) => valueText(each.mean_change) },
        { name: "Largest change", isNumber: true, cell: (each) => valueText(each.max_change) },
        { name: "Newly flagged", isNumber: true, isExtra: true, cell: (each) => countText(each.new_flags) },
        {
          name: "No longer flagged",
          isNumber: true,
          isExtra: true,
          cell: (each) => countText(each.cleared_flags),
        },
      ]}
    />
  );
}

/** The same, in earnest. */
function ApplyButton({ item }: { item: BackfillDetail }) {
  const { route } = useLocation();
  const sending = useSending(
    async (key) =>
      ask(
        api.POST("/api/v1/projects/{project_id}/backfills", {
          params: { path: { project_id: item.project_id }, header: { "idempotency-key": key } },
          body: {
            reason: item.reason,
            profile: item.profile,
            ...(item.sensors ? { sensors: item.sensors } : {}),
            ...(item.run ? { run: item.run } : {}),
            ...(item.capture_session ? { capture_session: item.capture_session } : {}),
            ...(item.from ? { from: item.from } : {}),
            ...(item.to ? { to: item.to } : {}),
          },
        }),
      ),
    (made) => route(`/backfills/${made.id}`),
  );
  return (
    <>
      {sending.problem && <Badge tone="bad">{sending.problem.message}</Badge>}
      <RoleButton least="editor" kind="primary" isBusy={sending.isBusy} onClick={() => sending.send()}>
        Apply it
      </RoleButton>
    </>
  );
}

async function control(id: string, verb: Verb): Promise<BackfillDetail> {
  const params = { path: { backfill_id: id } };
  switch (verb) {
    case "pause":
      return ask(api.POST("/api/v1/backfills/{backfill_id}:pause", { params, body: {} }));
    case "resume":
      return ask(api.POST("/api/v1/backfills/{backfill_id}:resume", { params, body: {} }));
    case "cancel":
      return ask(api.POST("/api/v1/backfills/{backfill_id}:cancel", { params, body: {} }));
    case "undo":
      return ask(api.POST("/api/v1/backfills/{backfill_id}:undo", { params, body: {} }));
  }
}
