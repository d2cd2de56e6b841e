/** Numbers about the run that are made from its readings: values, what made them, whether they still hold. */

import { api, ask } from "../../api/client.ts";
import type { MeasureValue, Run } from "../../api/types.ts";
import { countText, valueText } from "../../numbers.ts";
import { Badge, Time } from "../../ui/facts.tsx";
import { Answered } from "../../ui/notes.tsx";
import { Panel } from "../../ui/Page.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { Table } from "../../ui/tables/table.tsx";
import { definitionText, standingText } from "./measureText.ts";

const REFRESH_MS = 4000;

export function RunMeasures({ run }: { run: Run }) {
  const asked = useAsked(
    `measures of run ${run.id}`,
    (signal) =>
      ask(api.GET("/api/v1/runs/{run_id}/measures", { params: { path: { run_id: run.id } }, signal })),
    REFRESH_MS,
  );
  return (
    <Panel title="Measures" isBare>
      <Answered asked={asked}>
        {({ items, is_pending }) =>
          items.length ? <Values items={items} /> : <Nothing run={run} isPending={is_pending} />
        }
      </Answered>
    </Panel>
  );
}

function Values({ items }: { items: MeasureValue[] }) {
  return (
    <Table
      label="Measures of the run"
      rows={items}
      keyOf={(value) => `${value.measure_id} ${value.capture_session_id ?? ""}`}
      columns={[
        {
          name: "Measure",
          cell: (value) => (
            <>
              {value.name}
              {value.ordinal !== null && <span class="muted"> session {value.ordinal}</span>}
            </>
          ),
        },
        {
          name: "Value",
          isNumber: true,
          cell: (value) => `${valueText(value.value)} ${value.value === null ? "" : value.unit}`,
        },
        { name: "", cell: (value) => <Standing value={value} /> },
        { name: "Is", cell: definitionText },
        { name: "Readings", isNumber: true, isExtra: true, cell: (value) => countText(value.readings) },
        {
          name: "Made by",
          isExtra: true,
          cell: (value) =>
            value.profiles.length
              ? value.profiles.map((each, place) => (
                  <>
                    {place > 0 && ", "}
                    <a href={`/sensors/${each.sensor_id}`}>version {each.number}</a>
                  </>
                ))
              : "–",
        },
        { name: "Computed", isExtra: true, cell: (value) => <Time at={value.computed_at} isAgo /> },
      ]}
    />
  );
}

function Standing({ value }: { value: MeasureValue }) {
  const [word, sentence] = standingText(value);
  if (!word) return null;
  return (
    <span title={sentence}>
      <Badge tone={value.is_kept && !value.is_stale ? "" : "warn"}>{word}</Badge>
    </span>
  );
}

function Nothing({ run, isPending }: { run: Run; isPending: boolean }) {
  const link = <a href="/project?tab=measures">measures of the project</a>;
  if (isPending) return <p class="muted body">They are being computed.</p>;
  if (run.finished_at) return <p class="muted body">No value. The {link} say what is measured of runs.</p>;
  return (
    <p class="muted body">
      They are computed when the run ends, or a capture session stops. The {link} say which.
    </p>
  );
}
