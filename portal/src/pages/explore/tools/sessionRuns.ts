/** Capture sessions put together by their runs. Pure. */

import type { ProjectSession } from "../../../api/types.ts";
import type { Period } from "../../../ranges.ts";
import { sessionPeriod } from "../overview/around.ts";

export interface RunOfSessions extends Period {
  id: string;
  name: string;
  sessions: ProjectSession[];
}

/** The run of the last session first; from its first session's start to its last one's end. */
export function runsOf(sessions: ProjectSession[], nowUs: number): RunOfSessions[] {
  const byRun = new Map<string, ProjectSession[]>();
  for (const each of sessions) byRun.set(each.run_id, [...(byRun.get(each.run_id) ?? []), each]);
  return [...byRun].map(([id, own]) => {
    const periods = own.map((each) => sessionPeriod(each, nowUs));
    return {
      id,
      name: own[0]?.run_name ?? "",
      sessions: own,
      fromUs: Math.min(...periods.map((each) => each.fromUs)),
      toUs: Math.max(...periods.map((each) => each.toUs)),
    };
  });
}
