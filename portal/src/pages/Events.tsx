/** What happened in the project: sensors that went and came, gateways, backfills, notes. */

import { useState } from "preact/hooks";
import { api, ask } from "../api/client.ts";
import type { ProjectEvent } from "../api/types.ts";
import { projectId } from "../session.ts";
import { Button } from "../ui/buttons.tsx";
import { Dialog } from "../ui/dialogs.tsx";
import { Facts, Time } from "../ui/facts.tsx";
import { useList } from "../ui/lists.ts";
import { Empty } from "../ui/notes.tsx";
import { Page, Panel } from "../ui/Page.tsx";
import { ListTable } from "../ui/table.tsx";
import { subjectOf } from "./journal/events.ts";
import { JournalTabs } from "./journal/JournalTabs.tsx";

const REFRESH_MS = 5000;

const KINDS = [
  ["", "All events"],
  ["sensor.online sensor.offline", "Sensors that came or went"],
  ["alarm.raised alarm.cleared alarm.acknowledged", "Alarms"],
  ["producer.connected producer.lost producer.resumed_at producer.resume_refused", "Gateways"],
  [
    "run.started run.finished run.failed run.archived capture.started capture.completed capture.failed",
    "Runs and captures",
  ],
  [
    "backfill.started backfill.finished backfill.failed backfill.undone capture.backfill.finished",
    "Backfills",
  ],
  ["conversion_profile.applied", "Calibrations"],
  ["import.finished export.finished", "Imports and exports"],
  ["artifact.ready artifact.approved", "Artifacts"],
  ["measure.changed comparison.changed", "Measures and comparisons"],
  ["annotation.created", "Annotations"],
  ["webhook.tested webhook.switched_off", "Webhooks"],
  ["project.retained", "Retention"],
  ["events.gone", "Missed events"],
] as const;

export default function Events() {
  const project = projectId.value;
  const [kinds, setKinds] = useState<(typeof KINDS)[number][0]>("");
  const [opened, setOpened] = useState<ProjectEvent | null>(null);
  const list = useList(
    project && `events ${project} ${kinds}`,
    (cursor, signal) => {
      const query = { limit: 100, cursor, ...(kinds ? { type: kinds.split(" ") } : {}) };
      const params = { path: { project_id: project ?? "" }, query };
      return ask(api.GET("/api/v1/projects/{project_id}/events", { params, signal }));
    },
    REFRESH_MS,
  );
  return (
    <Page title="Events">
      <JournalTabs />
      <Panel title="Events" isBare>
        <div class="filters">
          <select
            aria-label="Which events"
            value={kinds}
            onChange={(event) => setKinds(event.currentTarget.value as typeof kinds)}
          >
            {KINDS.map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        </div>
        <ListTable
          label="Events"
          name="events"
          list={list}
          keyOf={(event) => event.id}
          empty={
            kinds ? (
              <Empty title="No such events" />
            ) : (
              <Empty title="Nothing has happened yet">
                <p>Runs, sensors, gateways, alarms, imports and more are noted here as they change.</p>
              </Empty>
            )
          }
          columns={[
            { name: "When", least: 214, grow: 0, cell: (event) => <Time at={event.time} /> },
            { name: "What", least: 180, cell: (event) => <code>{event.type}</code> },
            { name: "Of", least: 150, grow: 2, cell: (event) => <Subject event={event} /> },
            {
              name: "",
              least: 100,
              cell: (event) => (
                <Button kind="quiet" onClick={() => setOpened(event)}>
                  Details
                </Button>
              ),
            },
          ]}
        />
      </Panel>
      {opened && <EventDialog event={opened} onClose={() => setOpened(null)} />}
    </Page>
  );
}

function Subject({ event }: { event: ProjectEvent }) {
  const { text, address } = subjectOf(event);
  return address ? <a href={address}>{text}</a> : <span>{text}</span>;
}

function EventDialog({ event, onClose }: { event: ProjectEvent; onClose: () => void }) {
  return (
    <Dialog title={event.type} isWide onClose={onClose}>
      <Facts
        items={[
          ["When", <Time key="t" at={event.time} />],
          ["Event", <code key="e">{event.id}</code>],
          ...Object.entries(event.data).map(
            ([name, value]) =>
              [name, <code key={name}>{typeof value === "string" ? value : JSON.stringify(value)}</code>] as [
                string,
                preact.JSX.Element,
              ],
          ),
        ]}
      />
    </Dialog>
  );
}
