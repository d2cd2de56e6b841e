/** Which of a run's sensors are drawn, as the address says it; and a first choice of many. Pure. */

export const PLOTS = 6;

export interface PlotChoice {
  text: string;
  tag: string;
  unit: string;
  /** Of those that fit, by key, from 1; null: a choice of all of them. */
  page: number | null;
}

export const FIRST_CHOICE: PlotChoice = { text: "", tag: "", unit: "", page: null };

export function readPlotChoice(query: string): PlotChoice {
  const search = new URLSearchParams(query);
  const told = (name: string) => search.get(name) ?? "";
  const narrowed = { text: told("q"), tag: told("tag"), unit: told("unit") };
  const page = /^[1-9]\d{0,4}$/.test(told("plots")) ? Number(told("plots")) : null;
  return { ...narrowed, page: page ?? (Object.values(narrowed).some(Boolean) ? 1 : null) };
}

/** The address's query with another choice; what else it says stays. */
export function withPlotChoice(query: string, { text, tag, unit, page }: PlotChoice): string {
  const search = new URLSearchParams(query);
  const isNarrowed = Boolean(text || tag || unit);
  const told = { q: text, tag, unit, plots: page === null || (page === 1 && isNarrowed) ? "" : `${page}` };
  for (const [name, value] of Object.entries(told))
    if (value) search.set(name, value);
    else search.delete(name);
  return search.toString();
}

/**
 * Some of many, by key: of groups of keys that lie far apart one each, and more of each where there are few groups. A
 * key's group is what stands before its last separator. Those that have measured nothing are taken last.
 */
export function someOf<Sensor extends { key: string; latest?: unknown }>(
  sensors: readonly Sensor[],
  most: number,
): Sensor[] {
  const measured = sensors.filter((sensor) => sensor.latest);
  const chosen = acrossGroups(measured, most);
  const silent = sensors.filter((sensor) => !sensor.latest);
  return [...chosen, ...acrossGroups(silent, most - chosen.length)];
}

function acrossGroups<Sensor extends { key: string }>(sensors: readonly Sensor[], most: number): Sensor[] {
  const groups = new Map<string, Sensor[]>();
  for (const sensor of sensors.toSorted(byKey)) {
    const group = /^(.*)[^\p{L}\p{N}]/u.exec(sensor.key)?.[1] ?? "";
    groups.set(group, [...(groups.get(group) ?? []), sensor]);
  }
  const all = [...groups.values()];
  const step = Math.max(all.length / Math.max(most, 1), 1);
  const apart = all.filter((_, place) => Math.floor(place / step) !== Math.floor((place - 1) / step));
  const longest = Math.max(0, ...apart.map((group) => group.length));
  const inTurns = Array.from({ length: longest }, (_, turn) => apart.flatMap((group) => group[turn] ?? []));
  return inTurns.flat().slice(0, most).toSorted(byKey);
}

function byKey(one: { key: string }, other: { key: string }): number {
  return one.key.localeCompare(other.key, undefined, { numeric: true });
}
