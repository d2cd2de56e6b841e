/** The readings around a moment, one by one: raw, physical, what their flags say, and what made them. */

import type { Signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import { everyItem } from "../../api/everyItem.ts";
import type { Reading } from "../../api/types.ts";
import { flagWords } from "../../flags.ts";
import { valueText } from "../../numbers.ts";
import type { NamedLine } from "../../plot/Figure.tsx";
import { zone } from "../../settings.ts";
import { clockText, DAY, isoTime, parseTime, timeText } from "../../times.ts";
import { Button } from "../../ui/buttons.tsx";
import { Badge } from "../../ui/facts.tsx";
import { SelectField } from "../../ui/forms/fields.tsx";
import { Answered } from "../../ui/notes.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { Table } from "../../ui/tables/table.tsx";
import type { View } from "../../view.ts";

interface DrawerProps {
  view: View;
  lines: NamedLine[];
  /** The moment that was picked. */
  atUs: number;
  cursor: Signal<number | null>;
  onPick: (us: number) => void;
  onClose: () => void;
}

/** On either side. */
const READINGS = 12;
const FARTHEST_US = 400 * DAY;

export function ReadingsDrawer(props: DrawerProps) {
  const { lines, atUs } = props;
  const drawer = useRef<HTMLElement>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const line = lines.find((each) => each.id === chosen) ?? lines[0];
  const from = useRef<Element | null>(null);
  useEffect(() => {
    from.current = document.activeElement;
    drawer.current?.scrollIntoView({ block: "nearest" });
    drawer.current?.focus({ preventScroll: true });
  }, []);
  const close = () => {
    props.onClose();
    (from.current as HTMLElement | null)?.focus();
  };
  if (!line) return null;
  return (
    <aside
      ref={drawer}
      class="panel drawer"
      aria-label="Readings around the cursor"
      tabIndex={-1}
      onKeyDown={(event) => event.key === "Escape" && close()}
    >
      <header>
        <h2>Readings</h2>
        <div class="tools row">
          <Button kind="quiet" icon="close" label="Close the readings" onClick={close} />
        </div>
      </header>
      <div class="body stack">
        {lines.length > 1 && (
          <SelectField
            label="Sensor"
            value={line.id}
            choices={lines.map((each) => [each.id, each.name] as const)}
            onChange={setChosen}
          />
        )}
        <p class="muted">Around {timeText(atUs, zone.value, 6)}. A click on a plot looks elsewhere.</p>
      </div>
      <Around key={line.id} {...props} line={line} />
    </aside>
  );
}

function Around({ view, line, atUs, cursor, onPick }: DrawerProps & { line: NamedLine }) {
  const asked = useAsked(
    `${line.id} ${Math.round(atUs)} ${view.asOf}`,
    (signal) => readAround(line.id, atUs, view.asOf, signal),
    0,
    true,
  );
  const versions = useAsked(`versions ${line.id}`, (signal) => readVersions(line.id, signal)).data;
  return (
    <Answered asked={asked}>
      {({ before, after }) => {
        const rows = [...before, ...after];
        const step = (us: string | undefined) => us && onPick(parseTime(us) ?? atUs);
        if (!rows.length) return <p class="body muted">No reading of it lies within 400 days.</p>;
        return (
          <>
            <Table
              label={`Readings of ${line.name}`}
              rows={rows}
              keyOf={(row) => `${row.time} ${row.raw} ${row.place}`}
              columns={[
                { name: "Time", cell: (row) => <At row={row} atUs={atUs} cursor={cursor} /> },
                { name: "Raw", isNumber: true, cell: (row) => valueText(row.raw) },
                { name: "Physical", isNumber: true, cell: (row) => row.label ?? valueText(row.physical) },
                { name: "Made by", cell: (row) => <Maker row={row} sensor={line.id} versions={versions} /> },
              ]}
            />
            <div class="row spread body">
              <Button icon="left" kind="quiet" onClick={() => step(rows[0]?.time)}>
                Earlier
              </Button>
              <Button icon="right" kind="quiet" onClick={() => step(rows.at(-1)?.time)}>
                Later
              </Button>
            </div>
          </>
        );
      }}
    </Answered>
  );
}

type PlacedReading = Reading & { place: number };

/** The time of a reading; puts the cursor there. The last one up to the moment is what holds at it. */
function At(props: { row: PlacedReading; atUs: number; cursor: Signal<number | null> }) {
  const us = parseTime(props.row.time) ?? 0;
  const holds = props.row.place === -1;
  return (
    <button
      type="button"
      class={`plain nowrap ${holds ? "strong" : ""}`}
      title={`${timeText(us, zone.value, 6)}: put the cursor here`}
      aria-current={holds ? "true" : undefined}
      onClick={() => {
        props.cursor.value = us;
      }}
    >
      {clockText(us, zone.value, 6)}
    </button>
  );
}

function Maker(props: { row: PlacedReading; sensor: string; versions: Map<string, number> | null }) {
  const { row, sensor, versions } = props;
  const number = row.profile_id && versions?.get(row.profile_id);
  return (
    <span class="row" style="gap: 4px">
      {row.profile_id ? (
        <a href={`/calibrations/${sensor}`}>{number ? `v${number}` : "a version"}</a>
      ) : (
        <span class="muted">none</span>
      )}
      {flagWords(row.flags).map((word) => (
        <Badge key={word} tone="warn">
          {word}
        </Badge>
      ))}
    </span>
  );
}

async function readAround(id: string, atUs: number, asOf: string | null, signal: AbortSignal) {
  const read = async (order: "asc" | "desc") => {
    const middle = Math.floor(atUs) + 1;
    const span =
      order === "asc"
        ? { from: isoTime(middle), to: isoTime(middle + FARTHEST_US) }
        : { from: isoTime(middle - FARTHEST_US), to: isoTime(middle) };
    const query = {
      ...span,
      order,
      limit: READINGS,
      include: ["labels" as const],
      ...(asOf ? { as_of: asOf } : {}),
    };
    const params = { path: { sensor_id: id }, query };
    return (await ask(api.GET("/api/v1/sensors/{sensor_id}/readings", { params, signal }))).items;
  };
  const [before, after] = await Promise.all([read("desc"), read("asc")]);
  return {
    before: before.map((row, place) => ({ ...row, place: -1 - place })).reverse(),
    after: after.map((row, place) => ({ ...row, place: place + 1 })),
  };
}

async function readVersions(id: string, signal: AbortSignal): Promise<Map<string, number>> {
  const items = await everyItem((query) => {
    const params = { path: { sensor_id: id }, query };
    return ask(api.GET("/api/v1/sensors/{sensor_id}/conversion-profiles", { params, signal }));
  });
  return new Map(items.map((each) => [each.id, each.number]));
}
