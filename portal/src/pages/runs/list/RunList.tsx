/** Runs of a project or of an experiment: found by facets, in any order, many changed at once. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { api, ask } from "../../../api/client.ts";
import type { ListedRun } from "../../../api/types.ts";
import { valueText } from "../../../numbers.ts";
import { learn } from "../../../sensors.ts";
import { projectId } from "../../../session.ts";
import { durationText } from "../../../times.ts";
import { Status, Tags, Time } from "../../../ui/facts.tsx";
import { FacetedList, SearchField } from "../../../ui/lists/Facets.tsx";
import { useQuery } from "../../../ui/lists/filtersInAddress.ts";
import { useList } from "../../../ui/lists/lists.ts";
import { Empty } from "../../../ui/notes.tsx";
import { useAsked } from "../../../ui/requests/asking.ts";
import { type Column, ListTable } from "../../../ui/tables/table.tsx";
import { RunBatch } from "./RunBatch.tsx";
import { RunFacets } from "./RunFacets.tsx";
import {
  asked,
  cleared,
  countFilters,
  type RunFilters,
  type RunSort,
  readRunFilters,
  sortedBy,
  writeRunFilters,
} from "./runFilters.ts";

const REFRESH_MS = 5000;
// The API counts no further.
const MOST_COUNTED = 200_000;

const COLUMNS: Column<ListedRun>[] = [
  {
    name: "Run",
    sort: "name",
    least: 240,
    grow: 2,
    cell: (run) => (
      <a href={`/runs/${run.id}`} title={run.name}>
        {run.name}
      </a>
    ),
  },
  { name: "Status", least: 96, grow: 0, cell: (run) => <Status status={run.status} /> },
  {
    name: "Started",
    sort: "started_at",
    least: 120,
    grow: 0,
    cell: (run) => <Time at={run.started_at} isAgo />,
  },
  {
    name: "Finished",
    sort: "finished_at",
    least: 120,
    grow: 0,
    isOffered: true,
    cell: (run) => <Time at={run.finished_at} isAgo />,
  },
  {
    name: "Took",
    isNumber: true,
    least: 90,
    cell: (run) => (run.duration_s === null ? "–" : durationText(run.duration_s * 1e6)),
  },
  { name: "Tags", isExtra: true, least: 150, cell: (run) => <Tags tags={run.tags} /> },
  { name: "Git", isExtra: true, least: 90, grow: 0, cell: (run) => <code>{run.git_sha?.slice(0, 8)}</code> },
  {
    name: "Made",
    sort: "created_at",
    isExtra: true,
    least: 214,
    grow: 0,
    cell: (run) => <Time at={run.created_at} />,
  },
  { name: "Notes", isOffered: true, least: 160, cell: (run) => run.notes ?? "" },
];

/** With a column of the measure that orders the list, after the run's name. */
function columnsOf(measure: string | null): Column<ListedRun>[] {
  const [first, ...others] = COLUMNS;
  if (!measure || !first) return COLUMNS;
  const cell = (run: ListedRun) => valueText(run.measure_value);
  return [
    first,
    { name: measure, sort: `measure:${measure}`, isNumber: true, least: 120, grow: 0, cell },
    ...others,
  ];
}

export function RunList(props: { experiment?: string; empty: ComponentChildren }) {
  const project = projectId.value;
  const [query, setQuery] = useQuery(props.experiment ? null : project && `runs.${project}`);
  const filters: RunFilters = {
    ...readRunFilters(query),
    ...(props.experiment ? { experiment: props.experiment } : {}),
  };
  const change = (next: RunFilters) =>
    setQuery(writeRunFilters(props.experiment ? { ...next, experiment: null } : next));
  const [chosen, setChosen] = useState<ReadonlyMap<string, ListedRun>>(new Map());
  const question = { ...asked(filters), ...(filters.measures.length ? { measure: filters.measures } : {}) };
  const key = project && `runs ${project} ${JSON.stringify(question)}`;
  const path = { project_id: project ?? "" };
  const list = useList(
    key && `${key} ${filters.sort}`,
    (cursor, signal) => {
      const params = { path, query: { ...question, sort: filters.sort, limit: 100, cursor } };
      return ask(api.GET("/api/v1/projects/{project_id}/runs", { params, signal }));
    },
    REFRESH_MS,
  );
  const counts = useAsked(
    key && `facets of ${key}`,
    (signal) =>
      ask(
        api.GET("/api/v1/projects/{project_id}/runs/facets", { params: { path, query: question }, signal }),
      ),
    0,
    true,
  );
  if (filters.sensor) learn([filters.sensor]);
  const total = Object.values(counts.data?.status ?? {}).reduce((sum, count) => sum + count, 0);
  const isCounted = counts.data && !counts.isAsking;
  const found = countFilters(props.experiment ? { ...filters, experiment: null } : filters);
  const again = () => {
    list.again();
    counts.again();
  };
  const choose = (runs: ListedRun[], isOn: boolean) => {
    const next = new Map(chosen);
    for (const run of runs) isOn ? next.set(run.id, run) : next.delete(run.id);
    setChosen(next);
  };
  return (
    <FacetedList
      chosen={found}
      onClear={() => change(cleared(filters))}
      facets={
        <>
          <SearchField
            label="Filter by name or notes"
            value={filters.text}
            onChange={(text) => change({ ...readRunFilters(query), text })}
          />
          <RunFacets
            counts={counts.data}
            filters={filters}
            isOfExperiment={!!props.experiment}
            onChange={change}
          />
        </>
      }
    >
      {chosen.size > 0 && <RunBatch chosen={chosen} onDone={again} onChoose={choose} />}
      <ListTable
        label={props.experiment ? "Runs of the experiment" : "Runs"}
        name="runs"
        list={list}
        columns={columnsOf(sortedBy(filters.sort))}
        keyOf={(run) => run.id}
        sort={filters.sort}
        onSort={(sort) => change({ ...filters, sort: sort as RunSort })}
        total={isCounted && total < MOST_COUNTED ? total : undefined}
        choice={{ chosen, nameOf: (run) => run.name, onChoose: choose }}
        empty={found ? <Empty title="No run fits" /> : props.empty}
      />
    </FacetedList>
  );
}
