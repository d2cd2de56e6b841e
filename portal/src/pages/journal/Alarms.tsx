/** What is beyond its limits now, what was, and what was found to have been. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { Alarm, Excursion } from "../../api/types.ts";
import { countText, valueText } from "../../numbers.ts";
import { projectId } from "../../session.ts";
import { RoleButton } from "../../ui/buttons.tsx";
import { Badge, Time, type Tone } from "../../ui/facts.tsx";
import { TextField } from "../../ui/forms/fields.tsx";
import { FormDialog } from "../../ui/forms/forms.tsx";
import { ChoiceFilter } from "../../ui/lists/Facets.tsx";
import { type Filters, useFilters } from "../../ui/lists/filtersInAddress.ts";
import { useList } from "../../ui/lists/lists.ts";
import { Empty } from "../../ui/notes.tsx";
import { Page, Panel } from "../../ui/Page.tsx";
import { useSending } from "../../ui/requests/sending.ts";
import { type Column, ListTable } from "../../ui/tables/table.tsx";
import { SensorFilter } from "../parts/ItemFilters.tsx";
import { PeriodFilter, useBounds } from "../parts/PeriodFilter.tsx";
import { SensorUnit } from "../parts/SensorUnit.tsx";
import { JournalTabs } from "./JournalTabs.tsx";
import { limitText, violationAddress } from "./limits.ts";

const REFRESH_MS = 3000;

const SHOWN = [
  ["active", "Active"],
  ["all", "All"],
  ["excursions", "Excursions"],
] as const;
type ShownKind = (typeof SHOWN)[number][0];

const LEVELS = [
  ["", "Every level"],
  ["warning", "Warnings"],
  ["critical", "Critical"],
] as const;

export default function Alarms() {
  // Not remembered: whoever comes by the bell sees every alarm that is active.
  const filters = useFilters(null);
  const shown: ShownKind = SHOWN.find(([name]) => name === filters.told("show"))?.[0] ?? "active";
  return (
    <Page title="Alarms">
      <JournalTabs />
      <Panel title="Alarms" isBare>
        <div class="filters">
          <ChoiceFilter
            label="Which alarms"
            value={shown}
            choices={SHOWN}
            onChange={(show) => filters.set({ show })}
          />
          <ChoiceFilter
            label="Which level"
            value={levelOf(filters)}
            choices={LEVELS}
            onChange={(level) => filters.set({ level })}
          />
          <SensorFilter filters={filters} />
          <PeriodFilter filters={filters} />
        </div>
        {shown === "excursions" ? (
          <ExcursionTable filters={filters} />
        ) : (
          <AlarmTable isActive={shown === "active"} filters={filters} />
        )}
      </Panel>
    </Page>
  );
}

function levelOf({ told }: Filters): (typeof LEVELS)[number][0] {
  return LEVELS.find(([name]) => name === told("level"))?.[0] ?? "";
}

/** The API's filters, beside those that choose the list. */
function useNarrowing(filters: Filters) {
  const bounds = useBounds(filters);
  const level = levelOf(filters);
  const sensor = filters.told("sensor");
  return { ...(level ? { level } : {}), ...(sensor ? { sensor } : {}), ...bounds };
}

function AlarmTable({ isActive, filters }: { isActive: boolean; filters: Filters }) {
  const project = projectId.value;
  const [seen, setSeen] = useState<Alarm | null>(null);
  const narrowing = useNarrowing(filters);
  const isNarrowed = Object.keys(narrowing).length > 0;
  const list = useList(
    project && `alarms ${project} ${isActive} ${JSON.stringify(narrowing)}`,
    (cursor, signal) => {
      const query = { limit: 100, cursor, ...(isActive ? { active: true } : {}), ...narrowing };
      const params = { path: { project_id: project ?? "" }, query };
      return ask(api.GET("/api/v1/projects/{project_id}/alarms", { params, signal }));
    },
    REFRESH_MS,
  );
  const close = () => {
    setSeen(null);
    list.again();
  };
  return (
    <>
      <ListTable
        label="Alarms"
        name="alarms"
        list={list}
        keyOf={(alarm) => alarm.id}
        empty={
          isNarrowed ? (
            <Empty title="No alarm fits" />
          ) : (
            <Empty title={isActive ? "No alarm is active" : "There was no alarm yet"}>
              <p>A sensor's page sets its limits, and for how long it may be silent.</p>
              <a class="button" href="/sensors">
                Sensors
              </a>
            </Empty>
          )
        }
        columns={alarmColumns(setSeen)}
      />
      {seen && <Acknowledge alarm={seen} onClose={close} />}
    </>
  );
}

function alarmColumns(acknowledge: (alarm: Alarm) => void): Column<Alarm>[] {
  return [
    {
      name: "Level",
      least: 90,
      grow: 0,
      cell: (alarm) => <Level level={alarm.level} isOver={!alarm.active} />,
    },
    {
      name: "Sensor",
      least: 150,
      grow: 2,
      cell: (alarm) => <a href={`/sensors/${alarm.sensor_id}`}>{alarm.sensor}</a>,
    },
    {
      name: "Why",
      least: 140,
      cell: (alarm) =>
        alarm.kind === "silence" ? (
          "silent"
        ) : (
          <>
            {valueText(alarm.value)} ({limitText(alarm)}) <SensorUnit id={alarm.sensor_id} />
          </>
        ),
    },
    {
      name: "Since",
      least: 214,
      grow: 0,
      cell: (alarm) => (
        <a href={violationAddress(alarm.sensor_id, alarm.since, alarm.cleared_at)} title="Show it in a plot">
          <Time at={alarm.since} />
        </a>
      ),
    },
    {
      name: "Until",
      least: 214,
      grow: 0,
      isExtra: true,
      cell: (alarm) => (alarm.cleared_at ? <Time at={alarm.cleared_at} /> : <Badge tone="bad">active</Badge>),
    },
    {
      name: "Seen",
      least: 150,
      cell: (alarm) =>
        alarm.acknowledged_at ? (
          <span title={alarm.comment ?? undefined}>
            <Time at={alarm.acknowledged_at} isAgo />{" "}
            {alarm.comment && <span class="muted">{alarm.comment}</span>}
          </span>
        ) : (
          <RoleButton least="editor" onClick={() => acknowledge(alarm)}>
            Acknowledge
          </RoleButton>
        ),
    },
  ];
}

function Acknowledge({ alarm, onClose }: { alarm: Alarm; onClose: () => void }) {
  const [comment, setComment] = useState("");
  const sending = useSending(
    (_key) =>
      ask(
        api.POST("/api/v1/alarms/{alarm_id}:acknowledge", {
          params: { path: { alarm_id: alarm.id } },
          body: comment ? { comment } : {},
        }),
      ),
    onClose,
  );
  return (
    <FormDialog title={`Acknowledge ${alarm.sensor}`} verb="Acknowledge" sending={sending} onClose={onClose}>
      <TextField label="Comment" isLong value={comment} onInput={setComment} hint="What is done about it" />
    </FormDialog>
  );
}

function ExcursionTable({ filters }: { filters: Filters }) {
  const project = projectId.value;
  const narrowing = useNarrowing(filters);
  const isNarrowed = Object.keys(narrowing).length > 0;
  const list = useList(project && `excursions ${project} ${JSON.stringify(narrowing)}`, (cursor, signal) => {
    const params = { path: { project_id: project ?? "" }, query: { limit: 100, cursor, ...narrowing } };
    return ask(api.GET("/api/v1/projects/{project_id}/excursions", { params, signal }));
  });
  const columns: Column<Excursion>[] = [
    { name: "Level", least: 90, grow: 0, cell: (each) => <Level level={each.level} isOver /> },
    {
      name: "Sensor",
      least: 150,
      grow: 2,
      cell: (each) => <a href={`/sensors/${each.sensor_id}`}>{each.sensor}</a>,
    },
    {
      name: "Farthest",
      least: 150,
      cell: (each) => (
        <>
          {valueText(each.extreme)} ({limitText(each)}) <SensorUnit id={each.sensor_id} />
        </>
      ),
    },
    {
      name: "From",
      least: 214,
      grow: 0,
      cell: (each) => (
        <a href={violationAddress(each.sensor_id, each.from, each.to)} title="Show it in a plot">
          <Time at={each.from} />
        </a>
      ),
    },
    { name: "To", least: 214, grow: 0, isExtra: true, cell: (each) => <Time at={each.to} /> },
    { name: "Readings", least: 90, isNumber: true, isExtra: true, cell: (each) => countText(each.readings) },
  ];
  return (
    <ListTable
      label="Excursions"
      name="excursions"
      list={list}
      keyOf={(each) => each.id}
      columns={columns}
      empty={
        isNarrowed ? (
          <Empty title="No excursion fits" />
        ) : (
          <Empty title="No excursion was found">
            <p>
              Readings that come late or as history, or are converted again, raise no alarm: they are found
              here.
            </p>
          </Empty>
        )
      }
    />
  );
}

const TONES: Record<Alarm["level"], Tone> = { warning: "warn", critical: "bad" };

function Level({ level, isOver }: { level: Alarm["level"]; isOver: boolean }) {
  return <Badge tone={isOver ? "" : TONES[level]}>{level}</Badge>;
}
