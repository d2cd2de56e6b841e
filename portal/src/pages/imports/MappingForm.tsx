/** What each column is: chosen by hand where the guess is wrong, or there is none. */

import { useId, useState } from "preact/hooks";
import type { Previewed } from "../../api/types.ts";
import { Button } from "../../ui/buttons.tsx";
import { SelectField, TextField } from "../../ui/forms/fields.tsx";
import { type Column, Table } from "../../ui/tables/table.tsx";
import {
  type ChosenColumns,
  type ColumnUse,
  chosenOf,
  type FileMapping,
  isElapsed,
  mappingOf,
  missingIn,
  USES,
} from "./mapping.ts";
import { NamedSensors } from "./NamedSensors.tsx";
import { KnownSensors, SensorKey, SensorStanding } from "./SensorKey.tsx";
import { UnitField } from "./UnitField.tsx";

type TimeFormat = NonNullable<FileMapping["time"]["format"]>;

const TIMES: readonly (readonly [TimeFormat, string])[] = [
  ["rfc3339", "2026-11-26T10:00:00Z, with an offset"],
  ["pattern", "By a pattern"],
  ["epoch_s", "Seconds since 1970"],
  ["epoch_ms", "Milliseconds since 1970"],
  ["epoch_us", "Microseconds since 1970"],
  ["epoch_ns", "Nanoseconds since 1970"],
  ["elapsed_s", "Seconds since a start"],
  ["elapsed_ms", "Milliseconds since a start"],
  ["elapsed_us", "Microseconds since a start"],
  ["elapsed_ns", "Nanoseconds since a start"],
  ["excel", "Days since 1900, as Excel counts"],
  ["typed", "The file's own type of times"],
];

export function MappingForm({ preview, onHow }: { preview: Previewed; onHow: (how: FileMapping) => void }) {
  const names = preview.columns.map((column) => column.name);
  const [chosen, setChosen] = useState<ChosenColumns>(() =>
    chosenOf(preview.how ?? preview.candidates[0], names, preview.names),
  );
  const list = useId();
  const [looked, setLooked] = useState<string | null>(null);
  const uses = Object.values(chosen.uses);
  const isLong = uses.includes("sensor") && !uses.includes("series");
  const keyOf = (column: string) => chosen.keys[column] ?? column;
  const missing = missingIn(chosen);
  const change = (part: Partial<ChosenColumns>) => setChosen({ ...chosen, ...part });
  const changeTime = (part: Partial<ChosenColumns["time"]>) => change({ time: { ...chosen.time, ...part } });
  const format = chosen.time.format ?? "rfc3339";
  // Where rows name sensors, these have a table of their own.
  const ofSeries: Column<Previewed["columns"][number]>[] = [
    {
      name: "Sensor",
      cell: (column) =>
        chosen.uses[column.name] === "series" && (
          <SensorKey
            label={`Sensor of ${column.name}`}
            list={list}
            value={keyOf(column.name)}
            onInput={(key) => change({ keys: { ...chosen.keys, [column.name]: key } })}
            onLook={setLooked}
          />
        ),
    },
    {
      name: "Here",
      cell: (column) =>
        chosen.uses[column.name] === "series" && (
          <SensorStanding
            isKnown={preview.sensors.includes(keyOf(column.name))}
            isNew={preview.unknown_sensors.includes(keyOf(column.name))}
          />
        ),
    },
    {
      name: "Unit",
      cell: (column) =>
        chosen.uses[column.name] === "series" ? (
          <UnitField
            of={column.name}
            said={column.unit}
            value={chosen.units[keyOf(column.name)] ?? ""}
            onInput={(unit) => change({ units: { ...chosen.units, [keyOf(column.name)]: unit } })}
          />
        ) : (
          column.unit
        ),
    },
  ];
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        const how = mappingOf(chosen, preview);
        if (how) onHow(how);
      }}
    >
      <Table
        label="Columns"
        rows={preview.columns}
        keyOf={(column) => column.name}
        columns={[
          { name: "Column", cell: (column) => <strong>{column.name}</strong> },
          { name: "Such as", cell: (column) => <code>{column.examples.slice(0, 2).join(", ")}</code> },
          {
            name: "Is",
            cell: (column) => (
              <select
                aria-label={`What ${column.name} is`}
                value={chosen.uses[column.name]}
                onChange={(event) =>
                  change({
                    uses: { ...chosen.uses, [column.name]: event.currentTarget.value as ColumnUse },
                  })
                }
              >
                {USES.map(([use, text]) => (
                  <option key={use} value={use}>
                    {text}
                  </option>
                ))}
              </select>
            ),
          },
          ...(isLong ? [] : ofSeries),
        ]}
      />
      {isLong && (
        <NamedSensors preview={preview} chosen={chosen} list={list} onLook={setLooked} change={change} />
      )}
      <KnownSensors id={list} text={looked} />
      <SelectField
        label="Times are written as"
        value={format}
        choices={TIMES}
        onChange={(chosenFormat) => changeTime({ format: chosenFormat, start: null, pattern: null })}
      />
      {isElapsed(format) && (
        <TextField
          label="When the count was 0"
          placeholder="2019-06-03T09:15:00+02:00"
          value={chosen.time.start ?? ""}
          onInput={(start) => changeTime({ start })}
        />
      )}
      {format === "pattern" && (
        <TextField
          label="Pattern"
          placeholder="%d.%m.%Y %H:%M:%S"
          value={chosen.time.pattern ?? ""}
          onInput={(pattern) => changeTime({ pattern })}
        />
      )}
      <TextField
        label="Zone of times without an offset"
        placeholder="Europe/Berlin"
        value={chosen.time.zone ?? ""}
        onInput={(zone) => changeTime({ zone: zone || null })}
      />
      {missing && <p class="muted">{missing}</p>}
      <div>
        <Button type="submit" refused={missing}>
          Preview by it
        </Button>
      </div>
    </form>
  );
}
