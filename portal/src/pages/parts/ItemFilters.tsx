/** A list narrowed to one sensor or one run, found by typing. The address holds its id. */

import { useEffect } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import { findSensorPage, learn, nameOf, sensorsById } from "../../sensors.ts";
import { projectId } from "../../session.ts";
import { ConnectionDot, Status } from "../../ui/facts.tsx";
import { Combobox, OFFERED } from "../../ui/forms/Combobox.tsx";
import type { Filters } from "../../ui/lists/filtersInAddress.ts";
import { useAsked } from "../../ui/requests/asking.ts";
import { findRuns } from "./foundRuns.ts";

interface Offered {
  /** Empty: the list is not narrowed. */
  id: string;
  name: string;
  state?: string;
}

const EVERY_SENSOR: Offered = { id: "", name: "Every sensor" };
const EVERY_RUN: Offered = { id: "", name: "Every run" };

export function SensorFilter({ filters }: { filters: Filters }) {
  const project = projectId.value;
  const id = filters.told("sensor");
  useEffect(() => {
    if (id) learn([id]);
  }, [id]);
  return (
    <Combobox<Offered>
      label="Which sensor"
      noun="Sensors"
      shown={id ? nameOf(sensorsById.value.get(id), id) : EVERY_SENSOR.name}
      scope={project && `sensors ${project}`}
      find={async (text, signal) => {
        const page = await findSensorPage(project ?? "", text, signal, { limit: OFFERED });
        const items = page.items.map((each) => ({ id: each.id, name: each.key, state: each.connection }));
        return { ...page, items };
      }}
      fixed={[EVERY_SENSOR]}
      keyOf={(each) => each.id}
      line={(each) => (
        <>
          {each.state && <ConnectionDot connection={each.state} />}
          <span class="grow cut">{each.name}</span>
        </>
      )}
      hint="Type a part of the key or the name to find others."
      none="No sensor fits"
      onPick={(each) => filters.set({ sensor: each.id })}
    />
  );
}

export function RunFilter({ filters }: { filters: Filters }) {
  const project = projectId.value;
  const id = filters.told("run");
  const chosen = useAsked(id ? `run ${id}` : null, (signal) =>
    ask(api.GET("/api/v1/runs/{run_id}", { params: { path: { run_id: id } }, signal })),
  );
  return (
    <Combobox<Offered>
      label="Which run"
      noun="Runs"
      shown={id ? (chosen.data?.name ?? `${id.slice(0, 8)}…`) : EVERY_RUN.name}
      scope={project && `runs ${project}`}
      find={async (text, signal) => {
        const page = await findRuns(project ?? "", text, signal);
        return {
          ...page,
          items: page.items.map((each) => ({ id: each.id, name: each.name, state: each.status })),
        };
      }}
      fixed={[EVERY_RUN]}
      keyOf={(each) => each.id}
      line={(each) => (
        <>
          <span class="grow cut">{each.name}</span>
          {each.state && <Status status={each.state} />}
        </>
      )}
      none="No run fits"
      onPick={(each) => filters.set({ run: each.id })}
    />
  );
}
