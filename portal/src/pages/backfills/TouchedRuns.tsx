/** The runs whose readings a backfill touches, by name. */

import { api, ask } from "../../api/client.ts";
import { useAsked } from "../../ui/requests/asking.ts";

const MOST_NAMED = 12;

export function TouchedRuns({ runs }: { runs: string[] }) {
  const named = runs.slice(0, MOST_NAMED);
  const asked = useAsked(named.length ? `runs ${named.join()}` : null, (signal) =>
    Promise.all(
      named.map((id) => ask(api.GET("/api/v1/runs/{run_id}", { params: { path: { run_id: id } }, signal }))),
    ),
  );
  const nameOf = new Map((asked.data ?? []).map((run) => [run.id, run.name]));
  return (
    <ul class="stack" style="gap: 4px; list-style: none; padding: 0">
      {named.map((id) => (
        <li key={id}>
          <a href={`/runs/${id}`}>{nameOf.get(id) ?? `${id.slice(0, 8)}…`}</a>
        </li>
      ))}
      {runs.length > named.length && <li class="muted">and {runs.length - named.length} more</li>}
    </ul>
  );
}
