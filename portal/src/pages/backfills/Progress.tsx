/** How far a backfill is, and what it changes of each sensor. */

import { api, ask } from "../../api/client.ts";
import type { BackfillDetail } from "../../api/types.ts";
import { countText, valueText } from "../../numbers.ts";
import { durationText } from "../../times.ts";
import { Facts, Meter, Time } from "../../ui/facts.tsx";
import { Empty } from "../../ui/notes.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { Table } from "../../ui/tables/table.tsx";
import { SensorUnit } from "../parts/SensorUnit.tsx";

export function Progress({ item }: { item: BackfillDetail }) {
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
          ["Speed", item.rate === null ? "–" : `${countText(Math.round(item.rate))} readings a second`],
          timeFact(item),
          ["By", <UsedVersion key="by" item={item} />],
          ["From", item.from ? <Time key="from" at={item.from} /> : "the first reading"],
          ["To", item.to ? <Time key="to" at={item.to} /> : "the last reading"],
          ["Asked", <Time key="asked" at={item.created_at} />],
        ]}
      />
    </div>
  );
}

const MOST_UNITS = 50;

export function Effect({ item }: { item: BackfillDetail }) {
  if (!item.effect.length) return <Empty title="Nothing is known yet" />;
  const isMany = item.effect.length > MOST_UNITS;
  return (
    <Table
      label="Change by sensor"
      rows={item.effect}
      keyOf={(each) => each.sensor_id}
      columns={[
        { name: "Sensor", cell: (each) => <a href={`/sensors/${each.sensor_id}`}>{each.key}</a> },
        { name: "Readings", isNumber: true, cell: (each) => countText(each.readings) },
        { name: "Changed", isNumber: true, cell: (each) => countText(each.changed) },
        { name: "Mean change", isNumber: true, cell: (each) => changeOf(each.mean_change, each, isMany) },
        { name: "Largest change", isNumber: true, cell: (each) => changeOf(each.max_change, each, isMany) },
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

/** With its unit, where there are not so many sensors that asking for each would take long. */
function changeOf(change: number | null, { sensor_id }: { sensor_id: string }, isMany: boolean) {
  return (
    <>
      {valueText(change)} {!isMany && <SensorUnit id={sensor_id} />}
    </>
  );
}

function UsedVersion({ item }: { item: BackfillDetail }) {
  const id = item.profile === "timeline" ? null : item.profile;
  const asked = useAsked(id && `version ${id}`, (signal) => {
    const params = { path: { profile_id: id ?? "" } };
    return ask(api.GET("/api/v1/conversion-profiles/{profile_id}", { params, signal }));
  });
  if (!id) return <>the calibration that holds at each reading's time</>;
  if (!asked.data) return <>a version of its own</>;
  const { number, note, sensor_id } = asked.data;
  return (
    <a href={`/calibrations/${sensor_id}`}>
      version {number}
      {note && `: ${note}`}
    </a>
  );
}

/** What is left of its work; of a dry run that is done, how long it will take in earnest. */
function timeFact(item: BackfillDetail): [string, string] {
  if (item.eta_s !== null) return ["Left", durationText(Math.ceil(item.eta_s) * 1e6)];
  if (!item.dry_run || item.estimated_s === null) return ["Left", "–"];
  return ["To apply it", `about ${durationText(Math.max(1, Math.ceil(item.estimated_s)) * 1e6)}`];
}

/** One sentence of what is changed. */
export function changedText(item: BackfillDetail): string {
  const changed = item.effect.reduce((sum, each) => sum + each.changed, 0);
  const sensors = item.effect.filter((each) => each.changed > 0).length;
  return `${countText(changed)} readings of ${sensors === 1 ? "one sensor" : `${sensors} sensors`}`;
}
