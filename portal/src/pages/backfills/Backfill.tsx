/** One backfill: how far it is, what it changes, and the way back. */

import { useEffect, useState } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso";
import { api, ask } from "../../api/client.ts";
import type { BackfillDetail } from "../../api/types.ts";
import { turnTo } from "../../session.ts";
import { RoleButton } from "../../ui/buttons.tsx";
import { Confirm } from "../../ui/dialogs.tsx";
import { Badge, Status, Time } from "../../ui/facts.tsx";
import { ItemPage } from "../../ui/ItemPage.tsx";
import { ProblemNote } from "../../ui/notes.tsx";
import { Page, Panel } from "../../ui/Page.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { useSending } from "../../ui/requests/sending.ts";
import { OldNewPanel } from "./OldNewPanel.tsx";
import { changedText, Effect, Progress } from "./Progress.tsx";
import { TouchedRuns } from "./TouchedRuns.tsx";

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
  return (
    <ItemPage title="Backfill" asked={asked}>
      {(found) => <Known item={found} again={asked.again} />}
    </ItemPage>
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
      {act.problem && !confirmed && <ProblemNote problem={act.problem} />}
      {item.error && <p class="note bad">{item.error}</p>}
      <Panel title="How far it is">
        <Progress item={item} />
      </Panel>
      <Panel title={item.dry_run ? "What would change" : "What it changed"} isBare>
        <Effect item={item} />
      </Panel>
      {item.effect.length > 0 && <OldNewPanel item={item} />}
      {item.runs.length > 0 && (
        <Panel title="Runs that it touches">
          <TouchedRuns runs={item.runs} />
        </Panel>
      )}
      {confirmed && (
        <Confirm
          title="Take this backfill back?"
          verb="Undo"
          isBusy={act.isBusy}
          onConfirm={() => act.send(confirmed)}
          onClose={() => {
            act.forget();
            setConfirmed(null);
          }}
        >
          <UndoText item={item} />
          {act.problem && <ProblemNote problem={act.problem} />}
        </Confirm>
      )}
    </Page>
  );
}

/** What an undo will take back. */
function UndoText({ item }: { item: BackfillDetail }) {
  return (
    <div class="stack">
      <p>
        {changedText(item)} get the physical values back that they had before, bit for bit
        {item.from || item.to ? (
          <>
            : <Time at={item.from} /> to <Time at={item.to} />
          </>
        ) : null}
        .
      </p>
      {item.profile !== "timeline" && (
        <p>The calibration's timeline goes back too, where it still is as this backfill has set it.</p>
      )}
      {item.runs.length > 0 && (
        <>
          <p>Runs that it touches:</p>
          <TouchedRuns runs={item.runs} />
        </>
      )}
    </div>
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
      {sending.problem && <ProblemNote problem={sending.problem} />}
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
