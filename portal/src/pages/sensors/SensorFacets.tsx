/** Facets of sensors: each press narrows the list, or takes it back. */

import { api, ask } from "../../api/client.ts";
import type { Schemas } from "../../api/types.ts";
import { Facet, facetValues } from "../../ui/lists/Facets.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { CONNECTIONS, SENSOR_STATES, type SensorFilters } from "./sensorFilters.ts";

export function SensorFacets(props: {
  counts: Schemas["SensorFacets"] | null;
  filters: SensorFilters;
  onChange: (filters: SensorFilters) => void;
}) {
  const { counts, filters } = props;
  const change = (changed: Partial<SensorFilters>) => props.onChange({ ...filters, ...changed });
  const few = <Name extends string>(
    values: readonly Name[],
    now: Name | null,
    counted: Record<string, number> | undefined,
  ) =>
    values.map((value) => ({
      value,
      label: value,
      count: counted && (counted[value] ?? (now ? undefined : 0)),
      isChosen: now === value,
    }));
  const { run } = filters;
  const named = useAsked(run && `run ${run}`, (signal) =>
    ask(api.GET("/api/v1/runs/{run_id}", { params: { path: { run_id: run ?? "" } }, signal })),
  );
  return (
    <>
      <Facet
        title="Run"
        values={run ? [{ value: run, label: named.data?.name ?? "a run", isChosen: true }] : []}
        onPick={() => change({ run: null })}
      />
      <Facet
        title="Connection"
        values={few(CONNECTIONS, filters.connection, counts?.connection)}
        onPick={(value) => change({ connection: toggled(filters.connection, value, CONNECTIONS) })}
      />
      <Facet
        title="State"
        values={few(SENSOR_STATES, filters.status, counts?.status)}
        onPick={(value) => change({ status: toggled(filters.status, value, SENSOR_STATES) })}
      />
      <Facet
        title="Kind"
        values={facetValues(counts?.kind, filters.kind ? [filters.kind] : [])}
        onPick={(value) => change({ kind: filters.kind === value ? null : value })}
      />
      <Facet
        title="Unit"
        values={facetValues(counts?.unit, filters.unit ? [filters.unit] : [])}
        onPick={(value) => change({ unit: filters.unit === value ? null : value })}
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
    </>
  );
}

function toggled<Name extends string>(now: Name | null, value: string, values: readonly Name[]): Name | null {
  return now === value ? null : (values.find((each) => each === value) ?? null);
}
