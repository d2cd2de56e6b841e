/** The sensors that a file's rows name: which are read, and as which sensors of the project. */

import type { Previewed } from "../../api/types.ts";
import { countText } from "../../numbers.ts";
import { Button } from "../../ui/buttons.tsx";
import { Table } from "../../ui/tables/table.tsx";
import type { ChosenColumns, NamedSensor } from "./mapping.ts";
import { SensorKey, SensorStanding } from "./SensorKey.tsx";
import { UnitField } from "./UnitField.tsx";

const MOST_SHOWN = 500;

export function NamedSensors(props: {
  preview: Previewed;
  chosen: ChosenColumns;
  list: string;
  onLook: (text: string) => void;
  change: (part: Partial<ChosenColumns>) => void;
}) {
  const { preview, chosen, change } = props;
  const names = Object.keys(chosen.named);
  if (!names.length) return null;
  const set = (name: string, part: Partial<NamedSensor>) => {
    const last = chosen.named[name] ?? { isRead: true, key: name };
    change({ named: { ...chosen.named, [name]: { ...last, ...part } } });
  };
  const setAll = (isRead: boolean) =>
    change({
      named: Object.fromEntries(names.map((name) => [name, { key: name, ...chosen.named[name], isRead }])),
    });
  const keyOf = (name: string) => chosen.named[name]?.key ?? name;
  return (
    <div class="stack">
      <div class="row spread">
        <strong>Sensors that its rows name</strong>
        <span class="row">
          <Button kind="quiet" onClick={() => setAll(true)}>
            Read all
          </Button>
          <Button kind="quiet" onClick={() => setAll(false)}>
            Read none
          </Button>
        </span>
      </div>
      <Table
        label="Sensors that its rows name"
        rows={names.slice(0, MOST_SHOWN)}
        keyOf={(name) => name}
        columns={[
          {
            name: "Read",
            cell: (name) => (
              <input
                type="checkbox"
                aria-label={`Read ${name}`}
                checked={chosen.named[name]?.isRead ?? true}
                onChange={(event) => set(name, { isRead: event.currentTarget.checked })}
              />
            ),
          },
          { name: "In the file", cell: (name) => <strong>{name}</strong> },
          {
            name: "Sensor",
            cell: (name) =>
              chosen.named[name]?.isRead && (
                <SensorKey
                  label={`Sensor of ${name}`}
                  list={props.list}
                  value={keyOf(name)}
                  onInput={(key) => set(name, { key })}
                  onLook={props.onLook}
                />
              ),
          },
          {
            name: "Here",
            cell: (name) =>
              chosen.named[name]?.isRead && (
                <SensorStanding
                  isKnown={preview.sensors.includes(keyOf(name))}
                  isNew={preview.unknown_sensors.includes(keyOf(name))}
                />
              ),
          },
          {
            name: "Unit in the file",
            cell: (name) =>
              chosen.named[name]?.isRead && (
                <UnitField
                  of={name}
                  said={preview.units[preview.how?.names?.[name] ?? name]}
                  value={chosen.units[keyOf(name)] ?? ""}
                  onInput={(unit) => change({ units: { ...chosen.units, [keyOf(name)]: unit } })}
                />
              ),
          },
        ]}
      />
      {names.length > MOST_SHOWN && (
        <p class="muted">
          The first {MOST_SHOWN} of {countText(names.length)}; the others are read under their own names.
        </p>
      )}
    </div>
  );
}
