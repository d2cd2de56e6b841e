/**
 * What the sensors in sight of the list did in the last five minutes. One question for all of them, in columns
 * that roll-ups answer, three times a minute: as cheap as it is coarse.
 */

import type { ListedSensor } from "../../api/types.ts";
import type { Columns } from "../../series/columns.ts";
import { askColumns } from "../../series/questions.ts";
import { MINUTE, SECOND } from "../../times.ts";
import { useAsked } from "../../ui/requests/asking.ts";
import type { Layer } from "../../view.ts";

const LENGTH_US = 5 * MINUTE;
const COLUMNS = 60;
const REFRESH_MS = 20_000;
const MOST_SENSORS = 60;

export interface Sparks {
  fromUs: number;
  toUs: number;
  bySensor: Map<string, Columns>;
}

export function useSparks(seen: readonly ListedSensor[]): Sparks | null {
  const asked = seen.filter((each) => each.latest).slice(0, MOST_SENSORS);
  const key = asked.length ? `sparks ${asked.map((each) => each.id).join()}` : null;
  const answer = useAsked(key, (signal) => readSparks(asked, signal), REFRESH_MS, true);
  return answer.data;
}

async function readSparks(sensors: readonly ListedSensor[], signal: AbortSignal): Promise<Sparks> {
  // Whole columns, so that the roll-ups of seconds are enough.
  const step = LENGTH_US / COLUMNS;
  const toUs = Math.ceil((Date.now() * 1000 + SECOND) / step) * step;
  const fromUs = toUs - LENGTH_US;
  const read = async (layer: Layer, ids: string[]) => {
    if (!ids.length) return [];
    const question = { sensors: ids, layer, fromUs, toUs, width: COLUMNS, asOf: null };
    const { bySensor } = await askColumns(question, signal);
    return [...bySensor].map(([id, { columns }]) => [id, columns] as const);
  };
  const isRaw = ({ latest }: ListedSensor) => latest?.physical === null && latest.raw !== undefined;
  const parts = await Promise.all([
    read(
      "physical",
      sensors.filter((each) => !isRaw(each)).map((each) => each.id),
    ),
    read(
      "raw",
      sensors.filter(isRaw).map((each) => each.id),
    ),
  ]);
  return { fromUs, toUs, bySensor: new Map(parts.flat()) };
}
