/** What is known around a window: its capture sessions, what was noted, what backfills have worked on, a trace. */

import { api, ask } from "../../../api/client.ts";
import type { ItemPage } from "../../../api/everyItem.ts";
import type { Annotation, Backfill, ProjectSession } from "../../../api/types.ts";
import type { Period } from "../../../ranges.ts";
import { thoseOf } from "../../../sensors.ts";
import type { Columns } from "../../../series/columns.ts";
import { askColumns } from "../../../series/questions.ts";
import { projectId } from "../../../session.ts";
import { isoTime } from "../../../times.ts";
import { useAsked } from "../../../ui/requests/asking.ts";
import { plotNumbers, type View } from "../../../view.ts";
import { layerOf } from "../pictures.ts";

export interface Surroundings {
  sessions: ProjectSession[];
  notes: Annotation[];
  backfills: Backfill[];
  /** Whether there are more than were asked for. */
  isCut: boolean;
}

export const MOST = 200;
/** Asked again so often while it is looked at. */
const EVERY_MS = 30_000;
const MOST_LINES = 4;
const TRACE_COLUMNS = 400;

export function useSurroundings(view: View, around: Period | null): Surroundings | null {
  const project = projectId.value;
  const ids = thoseOf(
    project,
    view.sensors.map((pick) => pick.id),
  );
  const key =
    project && ids.length && around ? `around ${project} ${ids} ${around.fromUs} ${around.toUs}` : null;
  const question = async (signal: AbortSignal) => around && readAround(project ?? "", ids, around, signal);
  return useAsked(key, question, EVERY_MS, true).data;
}

async function readAround(
  project: string,
  ids: string[],
  around: Period,
  signal: AbortSignal,
): Promise<Surroundings> {
  const path = { project_id: project };
  const span = { from: isoTime(around.fromUs), to: isoTime(around.toUs), limit: MOST };
  const isShown = (sensors: string[] | null) => !sensors?.length || sensors.some((id) => ids.includes(id));
  const [sessions, notes, backfills] = await Promise.all([
    readSessions(project, ids, signal, span),
    ask(api.GET("/api/v1/projects/{project_id}/annotations", { params: { path, query: span }, signal })),
    ask(
      api.GET("/api/v1/projects/{project_id}/backfills", {
        params: { path, query: { limit: MOST } },
        signal,
      }),
    ),
  ]);
  return {
    sessions: sessions.items,
    notes: notes.items.filter((each) => isShown(each.sensors)),
    backfills: backfills.items.filter(
      (each) => !each.dry_run && isShown(each.sensors) && !UNDONE.has(each.status),
    ),
    isCut: [sessions, notes, backfills].some((page) => page.next_cursor),
  };
}

/** What these have written is not there. */
const UNDONE = new Set(["undone"]);

/** Capture sessions of any of these sensors, the last one first. */
export async function readSessions(
  project: string,
  ids: string[],
  signal: AbortSignal,
  span: { from?: string; to?: string; limit: number },
): Promise<ItemPage<ProjectSession>> {
  const params = { path: { project_id: project }, query: { ...span, sensor: ids } };
  return ask(api.GET("/api/v1/projects/{project_id}/capture-sessions", { params, signal }));
}

export interface TraceLine {
  id: string;
  columns: Columns;
}

/** A few sensors of the first plot, coarsely. */
export function useAroundTrace(view: View, around: Period | null): TraceLine[] {
  const first = plotNumbers(view)[0];
  const picks = view.sensors.filter((pick) => pick.plot === first).slice(0, MOST_LINES);
  const layer = picks[0] ? layerOf(view, picks[0].id) : view.layer;
  const sensors = picks.filter((pick) => layerOf(view, pick.id) === layer).map((pick) => pick.id);
  const key =
    sensors.length && around
      ? `trace ${sensors} ${layer} ${around.fromUs} ${around.toUs} ${view.asOf}`
      : null;
  const asked = useAsked(
    key,
    async (signal) => {
      const question = { sensors, layer, ...(around as Period), width: TRACE_COLUMNS, asOf: view.asOf };
      const { bySensor } = await askColumns(question, signal);
      return [...bySensor].map(([id, { columns }]) => ({ id, columns }));
    },
    EVERY_MS,
    true,
  );
  return asked.data ?? [];
}
