/** Notes something about a time, or changes what was noted. */

import { api, ask } from "../../api/client.ts";
import type { Annotation } from "../../api/types.ts";
import { nameOf, sensorsById } from "../../sensors.ts";
import { projectId } from "../../session.ts";
import { zone } from "../../settings.ts";
import { fromClock, isoTime, parseTime } from "../../times.ts";
import { Chip } from "../../ui/buttons.tsx";
import { ConflictNote, useEditing } from "../../ui/forms/editing.tsx";
import { TextField } from "../../ui/forms/fields.tsx";
import { FormDialog, tagsOf } from "../../ui/forms/forms.tsx";
import { SensorPicker } from "../../ui/forms/SensorPicker.tsx";

interface Typed {
  from: string;
  to: string;
  text: string;
  tags: string;
  sensors: readonly string[];
}

export function AnnotationForm(props: {
  edited: Annotation | null;
  fromUs?: number;
  toUs?: number | null;
  sensors?: readonly string[];
  onClose: () => void;
}) {
  const { edited } = props;
  const known = sensorsById.value;
  const path = { annotation_id: edited?.id ?? "" };
  const { typed, set, sending, conflict } = useEditing<Annotation, Typed>({
    item: edited,
    typedOf: (item) => ({
      from: item?.from ?? isoTime(props.fromUs ?? Date.now() * 1000),
      to: item?.to ?? (props.toUs ? isoTime(props.toUs) : ""),
      text: item?.text ?? "",
      tags: item?.tags.join(", ") ?? "",
      sensors: item?.sensors ?? props.sensors ?? [],
    }),
    told: (fields) => [
      ["Note", fields.text],
      ["From", timeOf(fields.from)],
      ["To", fields.to && timeOf(fields.to)],
      ["Tags", tagsOf(fields.tags).join(", ")],
      ["Of which sensors", fields.sensors.map((id) => nameOf(known.get(id), id)).join(", ")],
    ],
    read: async () => ask(api.GET("/api/v1/annotations/{annotation_id}", { params: { path } })),
    write: async (fields, { etag, key }) => {
      const body = bodyOf(fields);
      if (edited) {
        const params = { path, header: { "if-match": etag } };
        return ask(api.PATCH("/api/v1/annotations/{annotation_id}", { params, body }));
      }
      const params = { path: { project_id: projectId.value ?? "" }, header: { "idempotency-key": key } };
      return ask(api.POST("/api/v1/projects/{project_id}/annotations", { params, body }));
    },
    onDone: props.onClose,
  });
  const { sensors } = typed;
  const fault = (pointer: string) => sending.problem?.faultOf(pointer) ?? null;
  return (
    <FormDialog
      title={edited ? "Change the annotation" : "Annotate"}
      verb={edited ? "Save" : "Annotate"}
      sending={sending}
      onClose={props.onClose}
    >
      <TextField
        label="Note"
        isLong
        isRequired
        value={typed.text}
        onInput={(text) => set({ text })}
        fault={fault("/text")}
      />
      <TextField
        label="From"
        isRequired
        value={typed.from}
        onInput={(from) => set({ from })}
        hint="A time such as 2026-11-26 10:00, or now, or -5m"
        fault={fault("/from")}
      />
      <TextField
        label="To"
        value={typed.to}
        onInput={(to) => set({ to })}
        hint="Empty: a moment"
        fault={fault("/to")}
      />
      <TextField
        label="Tags"
        value={typed.tags}
        onInput={(tags) => set({ tags })}
        hint="Parted by commas"
        fault={sending.problem?.faultIn("/tags") ?? null}
      />
      <div class="field">
        <SensorPicker
          chosen={sensors}
          label="Of which sensors"
          onPick={(sensor) => set({ sensors: [...sensors, sensor.id] })}
        />
        <div class="hint">None: of all</div>
        <div class="row">
          {sensors.map((id) => (
            <Chip
              key={id}
              name={nameOf(known.get(id), id)}
              onLeaveOut={() => set({ sensors: sensors.filter((each) => each !== id) })}
            />
          ))}
        </div>
      </div>
      <ConflictNote conflict={conflict} />
    </FormDialog>
  );
}

function bodyOf(typed: Typed) {
  return {
    from: timeOf(typed.from),
    to: typed.to.trim() ? timeOf(typed.to) : null,
    text: typed.text,
    tags: tagsOf(typed.tags),
    sensors: [...typed.sensors],
  };
}

/** What was typed as the API reads it: RFC 3339, relative, or a clock in the zone that is shown. */
function timeOf(typed: string): string {
  const text = typed.trim();
  if (parseTime(text) !== null) return text;
  const us = fromClock(text.replace(" ", "T"), zone.value);
  return us === null ? text : isoTime(us);
}
