/** What a measure is: a statistic of a sensor, for some of the time perhaps. */

import { api, ask } from "../../api/client.ts";
import type { Measure, Project } from "../../api/types.ts";
import { ConflictNote, useEditing } from "../../ui/forms/editing.tsx";
import { SelectField, TextField } from "../../ui/forms/fields.tsx";
import { FormDialog } from "../../ui/forms/forms.tsx";
import { MeasurePreview } from "./MeasurePreview.tsx";
import { definitionText, STATS } from "./measureText.ts";

const SIDES = [
  ["always", "all of it"],
  ["above", "while a sensor is above"],
  ["below", "while a sensor is below"],
] as const;

export function MeasureForm(props: {
  project: Project;
  measure: Measure | null;
  onClose: () => void;
  onDone: () => void;
}) {
  const { project, measure } = props;
  const path = { measure_id: measure?.id ?? "" };
  const { typed, set, sending, conflict } = useEditing<Measure, Typed>({
    item: measure,
    typedOf,
    told: (fields) => [
      ["Name", fields.name],
      ["What it measures", definitionText(bodyOf(fields))],
    ],
    read: async () => ask(api.GET("/api/v1/measures/{measure_id}", { params: { path } })),
    write: async (fields, { etag, key }) => {
      const body = bodyOf(fields);
      if (measure) {
        const params = { path, header: { "if-match": etag } };
        return ask(api.PATCH("/api/v1/measures/{measure_id}", { params, body }));
      }
      const params = { path: { project_id: project.id }, header: { "idempotency-key": key } };
      return ask(api.POST("/api/v1/projects/{project_id}/measures", { params, body }));
    },
    onDone: props.onDone,
  });
  const text = (name: "name" | "sensor" | "stat" | "whenSensor" | "bound", label: string, at: string) => (
    <TextField
      label={label}
      isRequired
      list={name === "stat" ? "measure-stats" : undefined}
      type={name === "bound" ? "number" : "text"}
      value={typed[name]}
      onInput={(value) => set({ [name]: value })}
      fault={sending.problem?.faultOf(at) ?? null}
    />
  );
  return (
    <FormDialog
      title={measure ? `Change ${measure.name}` : "New measure"}
      verb={measure ? "Save" : "Make measure"}
      sending={sending}
      onClose={props.onClose}
    >
      {text("name", "Name", "/name")}
      <div class="pair">
        {text("stat", "Statistic", "/stat")}
        {text("sensor", "Of the sensor (key)", "/sensor")}
        <SelectField
          label="Values"
          value={typed.layer}
          choices={[
            ["physical", "physical"],
            ["raw", "raw"],
          ]}
          onChange={(layer) => set({ layer })}
        />
        <SelectField
          label="Of each"
          value={typed.over}
          choices={[
            ["run", "run"],
            ["capture_session", "capture session"],
          ]}
          onChange={(over) => set({ over })}
        />
      </div>
      <datalist id="measure-stats">
        {STATS.map((stat) => (
          <option key={stat} value={stat} />
        ))}
      </datalist>
      <SelectField
        label="Which time counts"
        value={typed.side}
        choices={SIDES}
        onChange={(side) => set({ side })}
      />
      {typed.side !== "always" && (
        <div class="pair">
          {text("whenSensor", "That sensor (key)", "/when/sensor")}
          {text("bound", typed.side === "above" ? "Above" : "Below", `/when/${typed.side}`)}
        </div>
      )}
      {typed.sensor && typed.stat && <p class="muted">{definitionText(bodyOf(typed))}</p>}
      <MeasurePreview project={project} definition={bodyOf(typed)} />
      <ConflictNote conflict={conflict} />
    </FormDialog>
  );
}

interface Typed {
  name: string;
  sensor: string;
  stat: string;
  layer: Measure["layer"];
  over: Measure["over"];
  side: (typeof SIDES)[number][0];
  whenSensor: string;
  bound: string;
}

function typedOf(measure: Measure | null): Typed {
  const when = measure?.when;
  const side = !when ? "always" : typeof when.above === "number" ? "above" : "below";
  return {
    name: measure?.name ?? "",
    sensor: measure?.sensor ?? "",
    stat: measure?.stat ?? "max",
    layer: measure?.layer ?? "physical",
    over: measure?.over ?? "run",
    side,
    whenSensor: when?.sensor ?? "",
    bound: String(when?.above ?? when?.below ?? ""),
  };
}

function bodyOf({ name, sensor, stat, layer, over, side, whenSensor, bound }: Typed) {
  const value = bound === "" ? null : Number(bound);
  const when =
    side === "always"
      ? null
      : {
          sensor: whenSensor,
          above: side === "above" ? value : null,
          below: side === "below" ? value : null,
        };
  return { name, sensor, stat, layer, over, when };
}
