/** Every reading of the window as a file: sent at once, or made by a job and kept for a week. */

import { useState } from "preact/hooks";
import { api, ask } from "../../../api/client.ts";
import { Problem } from "../../../api/problems.ts";
import { bytesText, countText } from "../../../numbers.ts";
import { projectId, refusedRaw } from "../../../session.ts";
import { Button, Segments } from "../../../ui/buttons.tsx";
import { Dialog } from "../../../ui/dialogs.tsx";
import { Time } from "../../../ui/facts.tsx";
import { SelectField } from "../../../ui/forms/fields.tsx";
import { ProblemNote } from "../../../ui/notes.tsx";
import { useSending } from "../../../ui/requests/sending.ts";
import type { View } from "../../../view.ts";
import { type Pictures, pictureOf } from "../pictures.ts";
import {
  EXPORT_FORMS,
  type ExportForm,
  type ExportLayer,
  type ExportShape,
  exportAddress,
  exportBody,
  exportBytes,
  MOST_SENT,
} from "./exports.ts";
import { MadeFiles } from "./MadeFiles.tsx";

export function ExportDialog(props: { view: View; pictures: Pictures; onClose: () => void }) {
  const { view, pictures } = props;
  const [layer, setLayer] = useState<ExportLayer>(view.layer);
  const [shape, setShape] = useState<ExportShape>("long");
  const [format, setFormat] = useState<ExportForm>("parquet");
  const [period] = useState(pictures.period);
  const [made, setMade] = useState(0);
  const sensors = view.sensors.map((pick) => pick.id);
  const question = { sensors, ...period, layer, shape, format, asOf: view.asOf };
  const readings = sensors.reduce((sum, id) => sum + (pictureOf(pictures, view, id)?.totals?.count ?? 0), 0);
  const project = projectId.value ?? "";
  const sent = useSending(() => download(exportAddress(question)));
  const making = useSending(
    (key) =>
      ask(
        api.POST("/api/v1/projects/{project_id}/exports", {
          params: { path: { project_id: project }, header: { "idempotency-key": key } },
          body: exportBody(question),
        }),
      ),
    () => setMade((last) => last + 1),
  );
  const problem = sent.problem ?? making.problem;
  return (
    <Dialog title="Every reading" isWide onClose={props.onClose}>
      <div class="stack">
        <p>
          <Time at={period.fromUs} /> to <Time at={period.toUs} />, {sensors.length}{" "}
          {sensors.length === 1 ? "sensor" : "sensors"}
        </p>
        <div class="row">
          <Segments
            label="Layer"
            value={layer}
            choices={[
              ["physical", "Physical"],
              ["raw", "Raw", refusedRaw()],
              ["both", "Both", refusedRaw()],
            ]}
            onChange={setLayer}
          />
          <Segments
            label="Shape"
            value={shape}
            choices={[
              ["long", "A row for each reading"],
              ["wide", "A column for each sensor"],
            ]}
            onChange={setShape}
          />
        </div>
        <SelectField label="Form" value={format} choices={EXPORT_FORMS} onChange={setFormat} />
        <p aria-live="polite">
          About {countText(readings)} readings, {bytesText(exportBytes(readings, question))}.
        </p>
        {view.asOf && (
          <p class="muted">It holds the values that were believed at {view.asOf}, as the plots do.</p>
        )}
        {problem && <ProblemNote problem={problem} />}
        <div class="actions">
          <Button
            icon="download"
            isBusy={sent.isBusy}
            refused={readings > MOST_SENT ? "That is too much to be sent at once: make a file of it" : null}
            title="Sent while it is read"
            onClick={() => sent.send()}
          >
            Download
          </Button>
          <Button
            kind="primary"
            isBusy={making.isBusy}
            title="Made in the background and kept for a week, with its SHA-256"
            onClick={() => making.send()}
          >
            Make a file
          </Button>
        </div>
        <MadeFiles project={project} made={made} />
      </div>
    </Dialog>
  );
}

/** Lets the browser take the file, once it is known that there will be one. */
async function download(address: string): Promise<void> {
  const control = new AbortController();
  const response = await fetch(address, { signal: control.signal });
  if (!response.ok) throw new Problem(response.status, await response.json().catch(() => null));
  control.abort();
  const link = document.createElement("a");
  link.href = address;
  link.download = "";
  link.click();
}
