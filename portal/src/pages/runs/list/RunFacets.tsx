/** Facets of runs: each press narrows the list, or takes it back. */

import type { Schemas } from "../../../api/types.ts";
import { nameOf, sensorsById } from "../../../sensors.ts";
import { SensorPicker } from "../../../ui/forms/SensorPicker.tsx";
import { Facet, facetValues } from "../../../ui/lists/Facets.tsx";
import { MeasureFacet } from "../../measures/MeasureFacet.tsx";
import { daysOfMonth, isMonth, RUN_STATUSES, type RunFilters } from "./runFilters.ts";

export function RunFacets(props: {
  counts: Schemas["RunFacets"] | null;
  filters: RunFilters;
  isOfExperiment: boolean;
  onChange: (filters: RunFilters) => void;
}) {
  const { counts, filters } = props;
  const change = (changed: Partial<RunFilters>) => props.onChange({ ...filters, ...changed });
  const known = sensorsById.value;
  const toggled = (now: string | null, value: string) => (now === value ? null : value);
  return (
    <>
      <Facet
        title="Status"
        values={RUN_STATUSES.map((each) => ({
          value: each,
          label: each,
          count: counts ? (counts.status[each] ?? (filters.status ? undefined : 0)) : undefined,
          isChosen: filters.status === each,
        }))}
        onPick={(value) => change({ status: toggled(filters.status, value) as RunFilters["status"] })}
      />
      <Facet
        title="Tags"
        values={facetValues(counts?.tag, filters.tags)}
        onPick={(value) =>
          change({
            tags: filters.tags.includes(value)
              ? filters.tags.filter((tag) => tag !== value)
              : [...filters.tags, value],
          })
        }
      />
      <Facet
        title="Sensor"
        values={facetValues(counts?.sensor, given(filters.sensor), (id) => nameOf(known.get(id), id))}
        onPick={(value) => change({ sensor: toggled(filters.sensor, value), profile: null })}
      >
        <SensorPicker
          label="Another sensor"
          chosen={given(filters.sensor)}
          onPick={(sensor) => change({ sensor: sensor.id, profile: null })}
        />
      </Facet>
      <MeasureFacet filters={filters} onChange={change} />
      <Facet
        title="Calibration"
        values={facetValues(counts?.profile, given(filters.profile), () => "a version")}
        onPick={(value) => change({ profile: toggled(filters.profile, value) })}
      />
      <Facet
        title="Started"
        values={(counts?.started_in ?? []).map((each) => ({
          ...each,
          isChosen: isMonth(filters, each.value),
        }))}
        onPick={(month) => change(isMonth(filters, month) ? { from: null, to: null } : daysOfMonth(month))}
      >
        <div class="days">
          <Day word="from" value={filters.from} onChange={(from) => change({ from })} />
          <Day word="until" value={filters.to} onChange={(to) => change({ to })} />
        </div>
      </Facet>
      {!props.isOfExperiment && (
        <Facet
          title="Experiment"
          values={facetValues(counts?.experiment, given(filters.experiment), () => "an experiment")}
          onPick={(value) => change({ experiment: toggled(filters.experiment, value) })}
        />
      )}
      <Facet
        title="Made by"
        values={facetValues(counts?.created_by, given(filters.createdBy), () => "an account")}
        onPick={(value) => change({ createdBy: toggled(filters.createdBy, value) })}
      />
      <Facet
        title="Git"
        values={facetValues(counts?.git_sha, given(filters.gitSha)).map((each) => ({
          ...each,
          label: each.label.slice(0, 12),
        }))}
        onPick={(value) => change({ gitSha: toggled(filters.gitSha, value) })}
      />
    </>
  );
}

function Day(props: { word: string; value: string | null; onChange: (day: string | null) => void }) {
  const label = `Started ${props.word}, UTC`;
  return (
    <>
      <span class="muted" aria-hidden="true">
        {props.word}
      </span>
      <input
        type="date"
        aria-label={label}
        title={label}
        value={props.value ?? ""}
        onChange={(event) => props.onChange(event.currentTarget.value || null)}
      />
    </>
  );
}

function given(value: string | null): string[] {
  return value === null ? [] : [value];
}
