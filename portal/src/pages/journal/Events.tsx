/** What happened in the project: sensors that went and came, gateways, backfills, notes. */

import { useMemo, useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { ProjectEvent } from "../../api/types.ts";
import { projectId } from "../../session.ts";
import { zone } from "../../settings.ts";
import { isoTime, type Zone } from "../../times.ts";
import { Button } from "../../ui/buttons.tsx";
import { Dialog } from "../../ui/dialogs.tsx";
import { Facts, Time } from "../../ui/facts.tsx";
import { useQuery } from "../../ui/lists/filtersInAddress.ts";
import { useList } from "../../ui/lists/lists.ts";
import { Empty } from "../../ui/notes.tsx";
import { Page, Panel } from "../../ui/Page.tsx";
import { ListTable } from "../../ui/tables/table.tsx";
import { readPeriod } from "../backfills/scope.ts";
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
  const [query, change] = useQuery("events");
  const [opened, setOpened] = useState<ProjectEvent | null>(null);
  const asked = new URLSearchParams(query);
  const [shown, , types] = KINDS.find(([name]) => name === asked.get("show")) ?? KINDS[0];
  const when = asked.get("when") ?? "";
  const period = useMemo(() => readBounds(when, zone.value), [when, zone.value]);
  const set = (name: string, value: string) => {
    const next = new URLSearchParams(query);
    if (value) next.set(name, value);
    else next.delete(name);
    change(next.toString());
  };
  const list = useList(
    project && period && `events ${project} ${types} ${when}`,
    (cursor, signal) => {
      const filters = {
        limit: 100,
        cursor,
        ...(types ? { type: types.split(" ") } : {}),
        ...period,
      };
      const params = { path: { project_id: project ?? "" }, query: filters };
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
            value={shown}
            onChange={(event) => set("show", event.currentTarget.value)}
          >
            {KINDS.map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
          <input
            type="search"
            aria-label="When"
            aria-invalid={period === null}
            title={period ? undefined : "The period can't be read"}
            placeholder="Such as yesterday"
            value={when}
            onChange={(event) => set("when", event.currentTarget.value.trim())}
          />
        </div>
        <ListTable
          label="Events"
          name="events"
          list={list}
          keyOf={(event) => event.id}
          empty={
            types || when ? (
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

/** The API's bounds for a typed period; null: it is none. One that ends now has no end: what happens comes, too. */
function readBounds(text: string, clock: Zone): { from?: string; to?: string } | null {
  const nowUs = Date.now() * 1000;
  const period = readPeriod(text, nowUs, clock);
  return (
    period && {
      ...(period.fromUs === null ? {} : { from: isoTime(period.fromUs) }),
      ...(period.toUs === null || period.toUs === nowUs ? {} : { to: isoTime(period.toUs) }),
    }
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
