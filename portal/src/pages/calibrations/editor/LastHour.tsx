/** The sensor's last hour as it is stored, and as the draft would have made it. */

import type { Sensor } from "../../../api/types.ts";
import { type Columns, extremes, noColumns } from "../../../series/columns.ts";
import { askColumns } from "../../../series/questions.ts";
import { refusedRaw } from "../../../session.ts";
import { HOUR } from "../../../times.ts";
import { ProblemNote, Waiting } from "../../../ui/notes.tsx";
import { type Asked, useAsked } from "../../../ui/requests/asking.ts";
import type { Layer } from "../../../view.ts";
import { OldNewFigure } from "../../parts/OldNewFigure.tsx";
import { convertColumns, type ProfileDraft } from "../curve.ts";

const COLUMNS = 500;

interface Hour {
  fromUs: number;
  toUs: number;
  raw: Columns;
  stored: Columns;
  measured: [number, number] | null;
}

export function useLastHour(sensor: Sensor): Asked<Hour> {
  return useAsked(refusedRaw() ? null : `hour ${sensor.id}`, async (signal) => {
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
  return (
    <OldNewFigure
      shown={{
        period: { fromUs: data.fromUs, toUs: data.toUs },
        unit: sensor.output_unit ?? "",
        old: data.stored,
        fresh: converted.data,
      }}
      oldName="As stored"
      newName="By this version"
    />
  );
}
