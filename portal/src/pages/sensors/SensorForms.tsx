/** Making and changing a sensor. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { Sensor } from "../../api/types.ts";
import { projectId } from "../../session.ts";
import { ConflictNote, useEditing } from "../../ui/forms/editing.tsx";
import { TextField } from "../../ui/forms/fields.tsx";
import { FormDialog, tagsOf } from "../../ui/forms/forms.tsx";
import { useSending } from "../../ui/requests/sending.ts";
import { toast } from "../../ui/toasts.tsx";
import { numberOf } from "../journal/limits.ts";

interface Typed {
  key: string;
  name: string;
  kind: string;
  input: string;
  output: string;
  tags: string;
  silentAfterS: string;
}

const NONE: Typed = { key: "", name: "", kind: "", input: "", output: "", tags: "", silentAfterS: "" };

export function NewSensor({ onClose, onMade }: { onClose: () => void; onMade: (sensor: Sensor) => void }) {
  const [typed, setTyped] = useState(NONE);
  const sending = useSending(
    async (key) =>
      ask(
        api.POST("/api/v1/projects/{project_id}/sensors", {
          params: { path: { project_id: projectId.value ?? "" }, header: { "idempotency-key": key } },
          body: { key: typed.key, ...bodyOf(typed) },
        }),
      ),
    (sensor) => {
      toast(`Sensor ${sensor.key} is made`);
      onMade(sensor);
      onClose();
    },
  );
  return (
    <FormDialog title="New sensor" verb="Make sensor" sending={sending} onClose={onClose}>
      <SensorFields typed={typed} onType={setTyped} faultOf={(at) => sending.problem?.faultIn(at) ?? null} />
    </FormDialog>
  );
}

export function EditSensor(props: { sensor: Sensor; onClose: () => void; onDone: (sensor: Sensor) => void }) {
  const { sensor } = props;
  const path = { sensor_id: sensor.id };
  const { typed, set, sending, conflict } = useEditing({
    item: sensor,
    typedOf,
    told,
    read: async () => ask(api.GET("/api/v1/sensors/{sensor_id}", { params: { path } })),
    write: async (fields, { etag }) =>
      ask(
        api.PATCH("/api/v1/sensors/{sensor_id}", {
          params: { path, header: { "if-match": etag } },
          body: { key: fields.key, ...bodyOf(fields) },
        }),
      ),
    onDone: (changed) => {
      props.onDone(changed);
      props.onClose();
    },
  });
  return (
    <FormDialog title={`Change ${sensor.key}`} verb="Save" sending={sending} onClose={props.onClose}>
      <SensorFields typed={typed} onType={set} faultOf={(at) => sending.problem?.faultIn(at) ?? null} />
      <ConflictNote conflict={conflict} />
    </FormDialog>
  );
}

function typedOf(sensor: Sensor | null): Typed {
  if (!sensor) return NONE;
  return {
    key: sensor.key,
    name: sensor.name ?? "",
    kind: sensor.kind ?? "",
    input: sensor.input_unit ?? "",
    output: sensor.output_unit ?? "",
    tags: (sensor.tags ?? []).join(", "),
    silentAfterS: sensor.silent_after_s ? String(sensor.silent_after_s) : "",
  };
}

function told(typed: Typed): [string, string][] {
  return [
    ["Key", typed.key],
    ["Name", typed.name],
    ["Unit that is sent", typed.input],
    ["Physical unit", typed.output],
    ["Kind", typed.kind],
    ["Tags", tagsOf(typed.tags).join(", ")],
    ["Alarm if silent for (s)", typed.silentAfterS],
  ];
}

function SensorFields(props: {
  typed: Typed;
  onType: (typed: Typed) => void;
  faultOf: (pointer: string) => string | null;
}) {
  const { typed, onType, faultOf } = props;
  const set = (name: keyof Typed) => (value: string) => onType({ ...typed, [name]: value });
  return (
    <>
      <TextField
        label="Key"
        isRequired
        hint="What gateways call it, such as rig7.p1"
        value={typed.key}
        onInput={set("key")}
        fault={faultOf("/key")}
      />
      <TextField label="Name" value={typed.name} onInput={set("name")} fault={faultOf("/name")} />
      <div class="pair">
        <TextField
          label="Unit that is sent"
          hint="Such as V, mA, counts"
          value={typed.input}
          onInput={set("input")}
          fault={faultOf("/input_unit")}
        />
        <TextField
          label="Physical unit"
          hint="Such as bar, degC"
          value={typed.output}
          onInput={set("output")}
          fault={faultOf("/output_unit")}
        />
      </div>
      <div class="pair">
        <TextField label="Kind" value={typed.kind} onInput={set("kind")} fault={faultOf("/kind")} />
        <TextField
          label="Tags"
          hint="Parted by commas"
          value={typed.tags}
          onInput={set("tags")}
          fault={faultOf("/tags")}
        />
      </div>
      <TextField
        label="Alarm if silent for (s)"
        type="number"
        hint="Empty: never"
        value={typed.silentAfterS}
        onInput={set("silentAfterS")}
        fault={faultOf("/silent_after_s")}
      />
    </>
  );
}

function bodyOf(typed: Typed) {
  return {
    name: typed.name,
    kind: typed.kind,
    input_unit: typed.input,
    output_unit: typed.output,
    tags: tagsOf(typed.tags),
    silent_after_s: numberOf(typed.silentAfterS),
  };
}
