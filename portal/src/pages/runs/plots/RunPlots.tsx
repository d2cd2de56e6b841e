/** What a run's sensors measured: a choice of them at first, others by what they are called, tagged and measured in. */

import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, ask } from "../../../api/client.ts";
import type { Overview, Sensor } from "../../../api/types.ts";
import { countText } from "../../../numbers.ts";
import type { Range } from "../../../ranges.ts";
import { keep } from "../../../sensors.ts";
import { recall, remember } from "../../../settings.ts";
import { Button } from "../../../ui/buttons.tsx";
import { ChoiceFilter, SearchField } from "../../../ui/lists/Facets.tsx";
import { Empty, ProblemNote, Waiting } from "../../../ui/notes.tsx";
import { Panel } from "../../../ui/Page.tsx";
import { useAsked } from "../../../ui/requests/asking.ts";
import { HistoryPlots } from "../../parts/HistoryPlots.tsx";
import {
  FIRST_CHOICE,
  PLOTS,
  type PlotChoice,
  readPlotChoice,
  someOf,
  withPlotChoice,
} from "./plotChoice.ts";

const MOST_OF_A_PAGE = 500;

export function RunPlots({ overview, range }: { overview: Overview; range: Range }) {
  const { run, sensors_total: all } = overview;
  const [choice, change] = usePlotChoice(run.experiment_id);
  const [first, setFirst] = useState<readonly string[]>([]);
  const bound = overview.sensors.map((sensor) => sensor.id).join();
  // What is drawn does not change because something is measured meanwhile.
  useEffect(() => setFirst(someOf(overview.sensors, PLOTS).map((sensor) => sensor.id)), [bound]);
  const found = useFound(overview, choice);
  const isFirst = choice.page === null;
  const ids = isFirst ? first : (found.data?.map((sensor) => sensor.id) ?? []);
  return (
    <Panel title="What its sensors measured" isBare>
      {(all > PLOTS || !isFirst) && (
        <PlotTools overview={overview} choice={choice} shown={ids.length} onChange={change} />
      )}
      {!isFirst && found.problem && <ProblemNote problem={found.problem} again={found.again} />}
      {ids.length > 0 && <HistoryPlots sensors={[...ids]} range={range} />}
      {!isFirst &&
        !ids.length &&
        !found.problem &&
        (found.data ? <Empty title="No sensor fits" /> : <Waiting />)}
    </Panel>
  );
}

function PlotTools(props: {
  overview: Overview;
  choice: PlotChoice;
  shown: number;
  onChange: (choice: PlotChoice) => void;
}) {
  const { overview, choice } = props;
  const change = (changed: Partial<PlotChoice>) => props.onChange({ ...choice, page: 1, ...changed });
  const counts = useCounts(overview, FIRST_CHOICE, true);
  const isNarrowed = Boolean(choice.text || choice.tag || choice.unit);
  const narrowed = useCounts(overview, choice, isNarrowed);
  const all = overview.sensors_total;
  const fitting = isNarrowed ? (narrowed?.total ?? null) : all;
  const page = choice.page ?? 0;
  const firstPlace = (page - 1) * PLOTS + 1;
  return (
    <section class="filters plot-tools" aria-label="Which sensors are drawn">
      <SearchField label="Filter by key or name" value={choice.text} onChange={(text) => change({ text })} />
      <ValueFilter
        name="tag"
        every="Every tag"
        values={counts?.tags}
        value={choice.tag}
        onChange={(tag) => change({ tag })}
      />
      <ValueFilter
        name="unit"
        every="Every unit"
        values={counts?.units}
        value={choice.unit}
        onChange={(unit) => change({ unit })}
      />
      <span class="grow" />
      <span class="muted" role="status">
        {choice.page === null && `${props.shown} of ${countText(all)}, from all over`}
        {choice.page !== null &&
          props.shown > 0 &&
          `${countText(firstPlace)}–${countText(firstPlace + props.shown - 1)}${fitting === null ? "" : ` of ${countText(fitting)}`}, by key`}
      </span>
      {choice.page === null ? (
        <Button onClick={() => change({})}>All, by key</Button>
      ) : (
        <>
          <Button
            icon="left"
            label={`The ${PLOTS} before`}
            refused={page > 1 ? null : "These are the first"}
            onClick={() => change({ page: page - 1 })}
          />
          <Button
            icon="right"
            label={`The next ${PLOTS}`}
            refused={fitting !== null && page * PLOTS < fitting ? null : "These are the last"}
            onClick={() => change({ page: page + 1 })}
          />
          <Button onClick={() => props.onChange(FIRST_CHOICE)}>Some from all over</Button>
        </>
      )}
    </section>
  );
}

/** Only where there is something to choose. */
function ValueFilter(props: {
  name: string;
  every: string;
  values: readonly { value: string; count: number }[] | undefined;
  value: string;
  onChange: (value: string) => void;
}) {
  const { value, values = [] } = props;
  if (!value && !values.length) return null;
  const isKnown = !value || values.some((each) => each.value === value);
  return (
    <ChoiceFilter
      label={`Which ${props.name}`}
      value={value}
      choices={[
        ["", props.every],
        ...(isKnown ? [] : [[value, value] as const]),
        ...values.map(
          (each) => [each.value, `${each.value || "without"} (${countText(each.count)})`] as const,
        ),
      ]}
      onChange={props.onChange}
    />
  );
}

/** As the address says it; a run without a choice begins with that of the last run of its experiment. */
function usePlotChoice(experiment: string): [PlotChoice, (choice: PlotChoice) => void] {
  const { path, url, route } = useLocation();
  const query = url.split("?")[1] ?? "";
  const kept = `run-plots.${experiment}`;
  const put = (next: string) => route(next ? `${path}?${next}` : path, true);
  const choice = readPlotChoice(query);
  useEffect(() => {
    const last = recall(kept);
    if (last && choice.page === null) put(withPlotChoice(query, readPlotChoice(last)));
  }, [kept]);
  return [
    choice,
    (next) => {
      remember(kept, withPlotChoice("", next));
      put(withPlotChoice(query, next));
    },
  ];
}

function asked({ text, tag, unit }: PlotChoice) {
  return {
    ...(text.trim() ? { q: text.trim() } : {}),
    ...(tag ? { tag: [tag] } : {}),
    ...(unit ? { unit } : {}),
  };
}

/** The sensors of the chosen page, by key. */
function useFound({ run }: Overview, choice: PlotChoice) {
  const { page } = choice;
  const path = { project_id: run.project_id };
  const key = page === null ? null : `plots ${run.id} ${JSON.stringify([asked(choice), page])}`;
  return useAsked(
    key,
    async (signal): Promise<Sensor[]> => {
      const wanted = (page ?? 1) * PLOTS;
      const sensors: Sensor[] = [];
      let cursor: string | undefined;
      do {
        const limit = Math.min(wanted - sensors.length, MOST_OF_A_PAGE);
        const query = { ...asked(choice), run: run.id, sort: "key" as const, limit, cursor };
        const params = { path, query };
        const answer = await ask(api.GET("/api/v1/projects/{project_id}/sensors", { params, signal }));
        sensors.push(...answer.items);
        cursor = answer.next_cursor ?? undefined;
      } while (cursor && sensors.length < wanted);
      const shown = sensors.slice(wanted - PLOTS);
      keep(shown);
      return shown;
    },
    0,
    true,
  );
}

/** How many of the run's sensors a choice leaves, and what they have. */
function useCounts({ run }: Overview, choice: PlotChoice, isAsked: boolean) {
  const path = { project_id: run.project_id };
  const query = { ...asked(choice), run: run.id };
  const counted = useAsked(
    isAsked ? `counts ${JSON.stringify(query)}` : null,
    (signal) =>
      ask(api.GET("/api/v1/projects/{project_id}/sensors/facets", { params: { path, query }, signal })),
    0,
    true,
  );
  if (!counted.data) return null;
  const { status, tag, unit } = counted.data;
  const total = Object.values(status).reduce((sum, count) => sum + count, 0);
  return { total, tags: tag, units: unit.filter((each) => each.value) };
}
