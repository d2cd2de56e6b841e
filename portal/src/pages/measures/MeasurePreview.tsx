/** What a measure that is being defined would be, of the run that captured its sensor last. */

import { useEffect, useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { MeasureDefinition, MeasurePreviewed, Project } from "../../api/types.ts";
import { countText, valueText } from "../../numbers.ts";
import { useAsked } from "../../ui/requests/asking.ts";

/** Of a pause in typing, after which it is asked. */
const TYPING_MS = 400;

export function MeasurePreview({ project, definition }: { project: Project; definition: MeasureDefinition }) {
  const text = useSettled(isWhole(definition) ? JSON.stringify({ ...definition, name: "preview" }) : "");
  const asked = useAsked(text && `preview ${project.id} ${text}`, (signal) => {
    const params = { path: { project_id: project.id } };
    const body: MeasureDefinition = JSON.parse(text ?? "");
    return ask(api.POST("/api/v1/projects/{project_id}/measures:preview", { params, body, signal }));
  });
  return (
    <p class="muted" aria-live="polite">
      {text &&
        (asked.problem ? problemText(asked.problem.status) : asked.data ? previewText(asked.data) : "…")}
    </p>
  );
}

/** A sensor that is not there is what is typed, until it is; the form says it when it is sent. */
function problemText(status: number): string {
  return status === 422
    ? "No value: it asks for what the project does not have."
    : "No value could be asked for.";
}

export function previewText(found: MeasurePreviewed): string {
  if (found.run_id === null) return "No run has captured this sensor yet.";
  const of = found.ordinal === null ? found.run_name : `session ${found.ordinal} of ${found.run_name}`;
  if (found.problem) return `Of ${of}: not told, it ${found.problem}.`;
  if (found.value === null) return `Of ${of}: no reading counts.`;
  return (
    `Of ${of}: ${valueText(found.value)} ${found.unit}`.trimEnd() +
    `, made of ${countText(found.readings)} readings.`
  );
}

function isWhole({ sensor, stat, when }: MeasureDefinition): boolean {
  return Boolean(sensor && stat) && (!when || Boolean(when.sensor && (when.above ?? when.below) != null));
}

/** The text as it was when nothing had been typed for a while. */
function useSettled(text: string): string | null {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled || null;
}
