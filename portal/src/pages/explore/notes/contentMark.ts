/**
 * What a link says of the readings that its maker saw, so that whoever opens it later is told if they have
 * changed: how many there were, a checksum of what is exact, and the mean of each sensor. Pure.
 */

export interface SeenSensor {
  count: number;
  min: number | null;
  max: number | null;
  mean: number | null;
  /** Versions of the calibration that made the values. */
  versions: number[];
}

const FORM = "1";
/** Means are summed in another order by other roll-ups: their last digits say nothing. */
const STEPS = 1e9;

/** Of sensors in the order of their ids. */
export function markOf(sensors: SeenSensor[]): string {
  const exact = sensors.map(({ count, min, max, versions }) => [count, min, max, [...versions].sort()]);
  const count = sensors.reduce((sum, each) => sum + each.count, 0);
  return [FORM, count.toString(36), checksum(JSON.stringify(exact)), ...sensors.map(meanPart)].join(".");
}

/** What is different now, in words; null if nothing is, or a newer release made the mark. */
export function changeSince(before: string, now: string): string | null {
  const [form, count = "", sum, ...means] = before.split(".");
  const [, countNow = "", sumNow, ...meansNow] = now.split(".");
  if (form !== FORM) return null;
  const more = Number.parseInt(countNow, 36) - Number.parseInt(count, 36);
  if (more)
    return `${Math.abs(more)} ${Math.abs(more) === 1 ? "reading" : "readings"} ${more > 0 ? "more" : "fewer"}`;
  const isSame = sum === sumNow && means.every((mean, place) => isNear(mean, meansNow[place] ?? ""));
  return isSame ? null : "other values";
}

/** The mean as a share of the greatest value there is. */
function meanPart({ min, max, mean }: SeenSensor): string {
  const scale = Math.max(Math.abs(min ?? 0), Math.abs(max ?? 0));
  return mean === null ? "x" : Math.round((mean / (scale || 1)) * STEPS).toString(36);
}

function isNear(one: string, other: string): boolean {
  return one === other || Math.abs(Number.parseInt(one, 36) - Number.parseInt(other, 36)) <= 1;
}

/** FNV-1a, 32 bits. */
function checksum(text: string): string {
  let sum = 0x811c9dc5;
  for (let place = 0; place < text.length; place += 1) {
    sum = Math.imul(sum ^ text.charCodeAt(place), 0x01000193) >>> 0;
  }
  return sum.toString(36);
}
