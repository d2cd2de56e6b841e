/** Notes something about a time, or changes what was noted. */

import { useState } from "preact/hooks";
import { api, ask, etagOf } from "../../api/client.ts";
import type { Annotation } from "../../api/types.ts";
import { nameOf, sensorsById } from "../../sensors.ts";
import { projectId } from "../../session.ts";
import { zone } from "../../settings.ts";
import { fromClock, isoTime, parseTime } from "../../times.ts";
import { Button } from "../../ui/buttons.tsx";
import { TextField } from "../../ui/fields.tsx";
import { FormDialog, tagsOf } from "../../ui/forms.tsx";
import { SensorPicker } from "../../ui/SensorPicker.tsx";
import { useSending } from "../../ui/sending.ts";

export function AnnotationForm(props: {
  edited: Annotation | null;
  fromUs?: number;
  toUs?: number | null;
  sensors?: readonly string[];
  onClose: () => void;
}) {
  const { edited } = props;
  const [from, setFrom] = useState(edited?.from ?? isoTime(props.fromUs ?? Date.now() * 1000));
  const [to, setTo] = useState(edited?.to ?? (props.toUs ? isoTime(props.toUs) : ""));
  const [text, setText] = useState(edited?.text ?? "");
  const [tags, setTags] = useState(edited?.tags.join(", ") ?? "");
  const [sensors, setSensors] = useState<readonly string[]>(edited?.sensors ?? props.sensors ?? []);
  const sending = useSending((key) => {
    const body = {
      from: timeOf(from),
      to: to.trim() ? timeOf(to) : null,
      text,
      tags: tagsOf(tags),
      sensors: [...sensors],
    };
    if (edited) {
      const params = { path: { annotation_id: edited.id }, header: { "if-match": etagOf(edited) } };
      return ask(api.PATCH("/api/v1/annotations/{annotation_id}", { params, body }));
    }
    const params = { path: { project_id: projectId.value ?? "" }, header: { "idempotency-key": key } };
    return ask(api.POST("/api/v1/projects/{project_id}/annotations", { params, body }));
  }, props.onClose);
  const known = sensorsById.value;
  const fault = (pointer: string) => sending.problem?.faultOf(pointer) ?? null;
  return (
    <FormDialog
      title={edited ? "Change the annotation" : "Annotate"}
      verb={edited ? "Save" : "Annotate"}
      sending={sending}
      onClose={props.onClose}
    >
      <TextField label="Note" isLong isRequired value={text} onInput={setText} fault={fault("/text")} />
      <TextField
        label="From"
        isRequired
        value={from}
        onInput={setFrom}
        hint="A time such as 2026-11-26 10:00, or now, or -5m"
        fault={fault("/from")}
      />
      <TextField label="To" value={to} onInput={setTo} hint="Empty: a moment" fault={fault("/to")} />
      <TextField label="Tags" value={tags} onInput={setTags} hint="Parted by commas" fault={fault("/tags")} />
      <div class="field">
        <SensorPicker
          chosen={sensors}
          label="Of which sensors"
          onPick={(sensor) => setSensors([...sensors, sensor.id])}
        />
        <div class="hint">None: of all</div>
        <div class="row">
          {sensors.map((id) => (
            <Button
              key={id}
              icon="close"
              title="Leave it out"
              onClick={() => setSensors(sensors.filter((each) => each !== id))}
            >
              {nameOf(known.get(id), id)}
            </Button>
          ))}
        </div>
      </div>
    </FormDialog>
  );
}

/** What was typed as the API reads it: RFC 3339, relative, or a clock in the zone that is shown. */
function timeOf(typed: string): string {
  const text = typed.trim();
  if (parseTime(text) !== null) return text;
  const us = fromClock(text.replace(" ", "T"), zone.value);
  return us === null ? text : isoTime(us);
}
