/** Between which values a sensor is as it should be. */

import { useState } from "preact/hooks";
import { api, ask, etagOf } from "../../api/client.ts";
import type { Limit, Sensor } from "../../api/types.ts";
import { RoleButton } from "../../ui/buttons.tsx";
import { Badge } from "../../ui/facts.tsx";
import { SelectField, TextField } from "../../ui/forms/fields.tsx";
import { FormDialog } from "../../ui/forms/forms.tsx";
import { Removal } from "../../ui/forms/Removal.tsx";
import { useList } from "../../ui/lists/lists.ts";
import { Panel } from "../../ui/Page.tsx";
import { useSending } from "../../ui/requests/sending.ts";
import { ListTable } from "../../ui/tables/table.tsx";
import { limitText, numberOf } from "../journal/limits.ts";

const LEVELS = [
  ["warning", "Warning"],
  ["critical", "Critical"],
] as const;

export function Limits({ sensor }: { sensor: Sensor }) {
  const [isNew, setNew] = useState(false);
  const list = useList(`limits ${sensor.id}`, (cursor, signal) => {
    const params = { path: { sensor_id: sensor.id }, query: { limit: 50, cursor } };
    return ask(api.GET("/api/v1/sensors/{sensor_id}/limits", { params, signal }));
  });
  const [doomed, setDoomed] = useState<Limit | null>(null);
  const close = () => {
    setNew(false);
    list.again();
  };
  return (
    <Panel
      title="Limits"
      isBare
      tools={
        <RoleButton least="editor" icon="plus" onClick={() => setNew(true)}>
          New limit
        </RoleButton>
      }
    >
      <ListTable
        label="Limits"
        list={list}
        keyOf={(limit) => limit.id}
        empty={<p class="muted body">None: no value of this sensor raises an alarm.</p>}
        columns={[
          {
            name: "Level",
            least: 90,
            grow: 0,
            cell: (limit) => <Badge tone={limit.level === "critical" ? "bad" : "warn"}>{limit.level}</Badge>,
          },
          { name: "Allowed", least: 120, cell: (limit) => `${limitText(limit)} ${sensor.output_unit}` },
          {
            name: "For",
            least: 100,
            cell: (limit) => (limit.delay_s ? `after ${limit.delay_s} s` : "at once"),
          },
          {
            name: "",
            least: 56,
            cell: (limit) => (
              <RoleButton
                least="editor"
                kind="quiet"
                icon="close"
                label="Remove the limit"
                onClick={() => setDoomed(limit)}
              />
            ),
          },
        ]}
      />
      {doomed && (
        <Removal
          title="Remove the limit?"
          verb="Remove"
          remove={() => removeLimit(doomed)}
          onDone={list.again}
          onClose={() => setDoomed(null)}
        >
          {limitText(doomed)} {sensor.output_unit}: nothing raises an alarm by it any more. Its alarms stay.
        </Removal>
      )}
      {isNew && <NewLimit sensor={sensor} onClose={close} />}
    </Panel>
  );
}

function removeLimit(limit: Limit) {
  const params = { path: { limit_id: limit.id }, header: { "if-match": etagOf(limit) } };
  return ask(api.DELETE("/api/v1/limits/{limit_id}", { params }));
}

function NewLimit({ sensor, onClose }: { sensor: Sensor; onClose: () => void }) {
  const [level, setLevel] = useState<(typeof LEVELS)[number][0]>("warning");
  const [texts, setTexts] = useState({ min: "", max: "", hysteresis: "", delay_s: "" });
  const sending = useSending(
    (key) =>
      ask(
        api.POST("/api/v1/sensors/{sensor_id}/limits", {
          params: { path: { sensor_id: sensor.id }, header: { "idempotency-key": key } },
          body: {
            level,
            min: numberOf(texts.min),
            max: numberOf(texts.max),
            hysteresis: numberOf(texts.hysteresis) ?? 0,
            delay_s: numberOf(texts.delay_s) ?? 0,
          },
        }),
      ),
    onClose,
  );
  const field = (name: keyof typeof texts, label: string, hint?: string) => (
    <TextField
      label={label}
      type="number"
      value={texts[name]}
      onInput={(text) => setTexts({ ...texts, [name]: text })}
      hint={hint}
      fault={sending.problem?.faultOf(`/${name}`) ?? null}
    />
  );
  const unit = sensor.output_unit ? ` (${sensor.output_unit})` : "";
  return (
    <FormDialog title={`A limit of ${sensor.key}`} verb="Set" sending={sending} onClose={onClose}>
      <SelectField label="Level" value={level} choices={LEVELS} onChange={setLevel} />
      {field("min", `Least${unit}`)}
      {field("max", `Greatest${unit}`, "One of the two at least; of physical values")}
      {field("hysteresis", `Hysteresis${unit}`, "The alarm ends so far within the limit")}
      {field("delay_s", "Delay (s)", "It is raised after so long without a break")}
    </FormDialog>
  );
}
