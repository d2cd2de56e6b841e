/** What stands around a window: how far the overview reaches, what lies in which row, what a brush does. Pure. */

import type { Backfill, ProjectSession } from "../../../api/types.ts";
import { LEAST_US, LONGEST_US, type Period } from "../../../ranges.ts";
import { parseTime, SECOND } from "../../../times.ts";

const SHORTEST_US = 10 * SECOND;
const AIR = 0.04;

/**
 * So many times as long as the window, about it, and no further into the future than a little. It stays as it
 * was while the window lies well inside, so that it does not move under the hand.
 */
export function aroundOf(period: Period, factor: number, nowUs: number, before: Period | null): Period {
  const own = period.toUs - period.fromUs;
  const length = Math.min(Math.max(own * factor, SHORTEST_US), LONGEST_US);
  if (before && isFine(period, before, length)) return before;
  const latest = Math.max(nowUs, period.toUs) + length * AIR;
  const to = Math.min((period.fromUs + period.toUs + length) / 2, latest);
  return { fromUs: Math.floor(to - length), toUs: Math.ceil(to) };
}

function isFine(period: Period, before: Period, length: number): boolean {
  const is = before.toUs - before.fromUs;
  if (is < length / 1.9 || is > length * 1.9) return false;
  return period.fromUs >= before.fromUs && period.toUs <= before.toUs;
}

/** In as few rows as keep any two in a row `leastUs` apart, from start to start and from end to start. */
export function packed<Item extends Period>(items: Item[], leastUs: number): Item[][] {
  const rows: Item[][] = [];
  for (const item of [...items].sort((one, other) => one.fromUs - other.fromUs)) {
    const row = rows.find((each) => {
      const last = each.at(-1);
      return !last || item.fromUs >= Math.max(last.toUs, last.fromUs + leastUs);
    });
    if (row) row.push(item);
    else rows.push([item]);
  }
  return rows;
}

export type Grip = "whole" | "from" | "to" | "new";

/** The window after a hand has moved from one moment to another, by what it holds. */
export function brushed(period: Period, grip: Grip, startUs: number, atUs: number): Period {
  const by = atUs - startUs;
  if (grip === "whole") return { fromUs: period.fromUs + by, toUs: period.toUs + by };
  const [fixed, moving] =
    grip === "from"
      ? [period.toUs, period.fromUs + by]
      : grip === "to"
        ? [period.fromUs, period.toUs + by]
        : [startUs, atUs];
  const fromUs = Math.min(fixed, moving);
  return { fromUs, toUs: Math.max(fixed, moving, fromUs + LEAST_US) };
}

export function sessionPeriod(session: ProjectSession, nowUs: number): Period {
  const fromUs = parseTime(session.started_at ?? "") ?? nowUs;
  return { fromUs, toUs: Math.max(parseTime(session.stopped_at ?? "") ?? nowUs, fromUs) };
}

export function sessionName(session: Pick<ProjectSession, "run_name" | "ordinal">): string {
  return `${session.run_name} #${session.ordinal}`;
}

/** The stretch that a backfill works on, cut to what is shown; null if it lies elsewhere or is not known. */
export function backfillPeriod(
  backfill: Backfill,
  sessions: ProjectSession[],
  around: Period,
  nowUs: number,
): Period | null {
  const scoped = sessions.filter(
    (each) => each.id === backfill.capture_session || each.run_id === backfill.run,
  );
  const isOfSessions = backfill.capture_session !== null || backfill.run !== null;
  if (isOfSessions && !scoped.length) return null;
  const stretches = scoped.map((each) => sessionPeriod(each, nowUs));
  const madeUs = parseTime(backfill.created_at) ?? nowUs;
  const fromUs = Math.max(
    parseTime(backfill.from ?? "") ?? around.fromUs,
    ...(isOfSessions ? [Math.min(...stretches.map((each) => each.fromUs))] : []),
  );
  const toUs = Math.min(
    parseTime(backfill.to ?? "") ?? madeUs,
    ...(isOfSessions ? [Math.max(...stretches.map((each) => each.toUs))] : []),
  );
  return toUs > Math.max(fromUs, around.fromUs) && fromUs < around.toUs ? { fromUs, toUs } : null;
}
