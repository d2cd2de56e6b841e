/** All runs of the project: found, tagged, ended, compared. */

import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, ask } from "../api/client.ts";
import type { Run, RunStatus } from "../api/types.ts";
import { projectId } from "../session.ts";
import { durationText } from "../times.ts";
import { useAsked } from "../ui/asking.ts";
import { RoleButton } from "../ui/buttons.tsx";
import { Status, Tags, Time } from "../ui/facts.tsx";
import { useList } from "../ui/lists.ts";
import { Empty } from "../ui/notes.tsx";
import { Page, Panel } from "../ui/Page.tsx";
import { type Column, ListTable } from "../ui/table.tsx";
import { NewRun } from "./runs/NewRun.tsx";
import { RunBatch } from "./runs/RunBatch.tsx";

type Sort =
  | "name"
  | "-name"
  | "created_at"
  | "-created_at"
  | "started_at"
  | "-started_at"
  | "finished_at"
  | "-finished_at";

const STATUSES: RunStatus[] = ["draft", "running", "finished", "failed", "archived"];
const REFRESH_MS = 5000;
const MOST_TAGS = 20;

export default function Runs() {
  const { query, route } = useLocation();
  const [text, setText] = useState("");
  const [status, setStatus] = useState<RunStatus | "">("");
  const [sort, setSort] = useState<Sort>("-created_at");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [isNew, setNew] = useState(false);
  const project = projectId.value;
  const tag = query.tag ?? "";
  const list = useList(
    project && `${project} ${text} ${status} ${sort} ${tag}`,
    (cursor, signal) => {
      const asked = {
        q: text || undefined,
        status: status || undefined,
        tag: tag ? [tag] : undefined,
        sort,
        limit: 100,
        cursor,
      };
      const params = { path: { project_id: project ?? "" }, query: asked };
      return ask(api.GET("/api/v1/projects/{project_id}/runs", { params, signal }));
    },
    REFRESH_MS,
  );
  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  return (
    <Page
      title="Runs"
      tools={
        <RoleButton least="editor" kind="primary" icon="plus" onClick={() => setNew(true)}>
          New run
        </RoleButton>
      }
    >
      <Panel isBare>
        <div class="row filters">
          <input
            type="search"
            aria-label="Filter by name"
            placeholder="Filter by name or notes"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
          <select
            aria-label="Status"
            value={status}
            onChange={(event) => setStatus(event.currentTarget.value as RunStatus | "")}
          >
            <option value="">Any status</option>
            {STATUSES.map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </select>
          {tag && (
            <a class="button quiet" href="/runs">
              Tag {tag} ✕
            </a>
          )}
        </div>
        <TagFacets chosen={tag} />
        {chosen.size > 0 && (
          <RunBatch ids={[...chosen]} onDone={list.again} onClear={() => setChosen(new Set())} />
        )}
        <ListTable
          label="Runs"
          list={list}
          columns={columnsOf(chosen, toggle)}
          keyOf={(run) => run.id}
          sort={sort}
          onSort={(next) => setSort(next as Sort)}
          empty={
            <Empty title={text || status || tag ? "No run fits" : "No runs yet"}>
              {!text && !status && (
                <p>A run is one trial: it names its sensors, and has sessions of capture.</p>
              )}
            </Empty>
          }
        />
      </Panel>
      {isNew && <NewRun onClose={() => setNew(false)} onMade={(run) => route(`/runs/${run.id}`)} />}
    </Page>
  );
}

/** Tags by how many runs have them: one press narrows the list. */
function TagFacets({ chosen }: { chosen: string }) {
  const project = projectId.value;
  const asked = useAsked(project && `run facets ${project}`, (signal) =>
    ask(
      api.GET("/api/v1/projects/{project_id}/runs/facets", {
        params: { path: { project_id: project ?? "" } },
        signal,
      }),
    ),
  );
  const tags = asked.data?.tag.slice(0, MOST_TAGS) ?? [];
  if (!tags.length) return null;
  return (
    <nav class="row filters" aria-label="Tags of runs">
      {tags.map((each) => (
        <a
          key={each.value}
          class={`badge ${each.value === chosen ? "info" : ""}`}
          href={each.value === chosen ? "/runs" : `/runs?tag=${encodeURIComponent(each.value)}`}
          aria-current={each.value === chosen ? "true" : undefined}
        >
          {each.label} <span class="muted">{each.count}</span>
        </a>
      ))}
    </nav>
  );
}

function columnsOf(chosen: ReadonlySet<string>, toggle: (id: string) => void): Column<Run>[] {
  return [
    {
      name: "",
      cell: (run) => (
        <input
          type="checkbox"
          aria-label={`Choose ${run.name}`}
          checked={chosen.has(run.id)}
          onChange={() => toggle(run.id)}
        />
      ),
    },
    { name: "Run", sort: "name", cell: (run) => <a href={`/runs/${run.id}`}>{run.name}</a> },
    { name: "Status", cell: (run) => <Status status={run.status} /> },
    { name: "Started", sort: "started_at", cell: (run) => <Time at={run.started_at} isAgo /> },
    {
      name: "Took",
      isNumber: true,
      cell: (run) =>
        run.duration_s === null ? "–" : <span class="nowrap">{durationText(run.duration_s * 1e6)}</span>,
    },
    { name: "Tags", isExtra: true, cell: (run) => <Tags tags={run.tags} /> },
    { name: "Git", isExtra: true, cell: (run) => <code>{run.git_sha?.slice(0, 8)}</code> },
    { name: "Made", sort: "created_at", isExtra: true, cell: (run) => <Time at={run.created_at} /> },
  ];
}
