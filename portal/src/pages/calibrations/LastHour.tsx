/** The sensor's last hour as it is stored, and as the draft would have made it. */

import { useSignal } from "@preact/signals";
import type { Sensor } from "../../api/types.ts";
import { Figure, type NamedLine } from "../../plot/Figure.tsx";
import { extremes, noColumns, usualGap } from "../../series/columns.ts";
import { askColumns } from "../../series/questions.ts";
import { zone } from "../../settings.ts";
import "../../style/plot.css";
import { HOUR } from "../../times.ts";
import { type Asked, useAsked } from "../../ui/asking.ts";
import { ProblemNote, Waiting } from "../../ui/notes.tsx";
import type { Layer } from "../../view.ts";
import { convertColumns, type ProfileDraft } from "./curve.ts";

const COLUMNS = 500;

interface Hour {
  fromUs: number;
  toUs: number;
  raw: NamedLine["columns"];
  stored: NamedLine["columns"];
  measured: [number, number] | null;
}

export function useLastHour(sensor: Sensor): Asked<Hour> {
  return useAsked(`hour ${sensor.id}`, async (signal) => {
    const toUs = Date.now() * 1000;
    const fromUs = toUs - HOUR;
    const read = async (layer: Layer) => {
      const question = { sensors: [sensor.id], layer, fromUs, toUs, width: COLUMNS, asOf: null };
      return (await askColumns(question, signal)).bySensor.get(sensor.id)?.columns ?? noColumns();
    };
    const [raw, stored] = await Promise.all([read("raw"), read("physical")]);
    return { fromUs, toUs, raw, stored, measured: extremes(raw, fromUs, toUs) };
  });
}

export function LastHour({
  sensor,
  hour,
  draft,
}: {
  sensor: Sensor;
  hour: Asked<Hour>;
  draft: ProfileDraft;
}) {
  const cursor = useSignal<number | null>(null);
  const { data } = hour;
  const converted = useAsked(
    data && `converted ${data.toUs} ${JSON.stringify(draft)}`,
    (signal) => convertColumns(draft, data?.raw ?? noColumns(), signal),
    0,
    true,
  );
  if (hour.problem) return <ProblemNote problem={hour.problem} again={hour.again} />;
  if (!data) return <Waiting />;
  if (!data.measured)
    return (
      <p class="muted" style="padding: 12px">
        Nothing was measured in the last hour.
      </p>
    );
  const unit = sensor.output_unit ?? "";
  const lines: NamedLine[] = [
    {
      id: "old",
      name: "as stored",
      unit,
      colour: 7,
      isFaint: true,
      columns: data.stored,
      gapUs: usualGap(data.stored),
    },
  ];
  if (converted.data) {
    const columns = converted.data;
    lines.push({ id: "new", name: "by this version", unit, colour: 0, columns, gapUs: usualGap(columns) });
  }
  return (
    <>
      <Figure
        label="Old and new"
        height={220}
        cursor={cursor}
        lines={lines}
        limits={null}
        shown={() => ({
          fromUs: data.fromUs,
          toUs: data.toUs,
          nowUs: data.toUs,
          loaded: [data.fromUs, data.toUs],
          zone: zone.value,
          markerA: null,
          markerB: null,
        })}
        onRange={() => undefined}
      />
      <div class="row" style="padding: 0 12px 8px">
        <span class="swatch" style="background: var(--muted)" /> as stored
        <span class="swatch" style="background: var(--series-0)" /> by this version
      </div>
    </>
  );
}
