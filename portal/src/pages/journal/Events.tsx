/** What happened in the project: sensors that went and came, gateways, backfills, notes. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { ProjectEvent } from "../../api/types.ts";
import { projectId } from "../../session.ts";
import { Button } from "../../ui/buttons.tsx";
import { Dialog } from "../../ui/dialogs.tsx";
import { Facts, Time } from "../../ui/facts.tsx";
import { ChoiceFilter } from "../../ui/lists/Facets.tsx";
import { useFilters } from "../../ui/lists/filtersInAddress.ts";
import { useList } from "../../ui/lists/lists.ts";
import { Empty } from "../../ui/notes.tsx";
import { Page, Panel } from "../../ui/Page.tsx";
import { ListTable } from "../../ui/tables/table.tsx";
import { PeriodFilter, useBounds } from "../parts/PeriodFilter.tsx";
import { subjectOf } from "./events.ts";
import { JournalTabs } from "./JournalTabs.tsx";

const REFRESH_MS = 5000;

/** Name in the address, name for people, types. */
const KINDS = [
  ["", "All events", ""],
  ["sensors", "Sensors that came or went", "sensor.online sensor.offline"],
  ["alarms", "Alarms", "alarm.raised alarm.cleared alarm.acknowledged"],
  ["gateways", "Gateways", "producer.connected producer.lost producer.resumed_at producer.resume_refused"],
  [
    "runs",
    "Runs and captures",
    "run.started run.finished run.failed run.archived capture.started capture.completed capture.failed",
  ],
  [
    "backfills",
    "Backfills",
    "backfill.started backfill.finished backfill.failed backfill.undone capture.backfill.finished",
  ],
  ["calibrations", "Calibrations", "conversion_profile.applied"],
  ["imports", "Imports and exports", "import.finished export.finished"],
  ["files", "Files", "artifact.ready artifact.approved"],
  ["measures", "Measures and comparisons", "measure.changed comparison.changed"],
  ["annotations", "Annotations", "annotation.created"],
  ["webhooks", "Webhooks", "webhook.tested webhook.switched_off"],
  ["retention", "Retention", "project.retained"],
  ["missed", "Missed events", "events.gone"],
] as const;

export default function Events() {
  const project = projectId.value;
  const filters = useFilters("events");
  const [opened, setOpened] = useState<ProjectEvent | null>(null);
  const [shown, , types] = KINDS.find(([name]) => name === filters.told("show")) ?? KINDS[0];
  const bounds = useBounds(filters);
  const list = useList(
    project && `events ${project} ${types} ${JSON.stringify(bounds)}`,
    (cursor, signal) => {
      const query = { limit: 100, cursor, ...(types ? { type: types.split(" ") } : {}), ...bounds };
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
          <ChoiceFilter
            label="Which events"
            value={shown}
            choices={KINDS}
            onChange={(show) => filters.set({ show })}
          />
          <PeriodFilter filters={filters} />
        </div>
        <ListTable
          label="Events"
          name="events"
          list={list}
          keyOf={(event) => event.id}
          empty={
            filters.query ? (
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
