/** What stands above the plots: time, layer, what was believed when, files, links. */

import { useState } from "preact/hooks";
import { panned, type Range, zoomed } from "../../../ranges.ts";
import { nameOf, sensorsById } from "../../../sensors.ts";
import { refusedRaw } from "../../../session.ts";
import { zone } from "../../../settings.ts";
import { fromClock, isoTime } from "../../../times.ts";
import { Button, Segments } from "../../../ui/buttons.tsx";
import { Dialog, Menu, MenuItem } from "../../../ui/dialogs.tsx";
import { TextField } from "../../../ui/forms/fields.tsx";
import { toast, toastProblem } from "../../../ui/toasts.tsx";
import { frozen, type View, writeView } from "../../../view.ts";
import { downloadDrawn, type FileForm } from "../exports/downloads.ts";
import { ExportDialog } from "../exports/ExportDialog.tsx";
import { shownMark } from "../notes/LinkNote.tsx";
import type { Pictures } from "../pictures.ts";
import { pythonOf } from "./python.ts";
import { TimePicker } from "./TimePicker.tsx";

export interface ToolsProps {
  view: View;
  pictures: Pictures;
  width: number;
  change: (view: View) => void;
}

export function TimeTools({ view, pictures, change }: ToolsProps) {
  const { period } = pictures;
  const middle = (period.fromUs + period.toUs) / 2;
  const to = (range: Range) => change({ ...view, range });
  return (
    <div class="row" style="gap: 2px">
      <TimePicker
        range={view.range}
        period={period}
        sensors={view.sensors.map((pick) => pick.id)}
        onRange={to}
      />
      <Button
        kind="quiet"
        icon="back"
        label="Back"
        title="Back: to what was shown before"
        onClick={() => history.back()}
      />
      <Button kind="quiet" icon="forward" label="Forward" onClick={() => history.forward()} />
      <Button kind="quiet" icon="left" label="Earlier" onClick={() => to(panned(period, -0.5))} />
      <Button kind="quiet" icon="right" label="Later" onClick={() => to(panned(period, 0.5))} />
      <Button kind="quiet" icon="zoomIn" label="Zoom in" onClick={() => to(zoomed(period, middle, 0.5))} />
      <Button kind="quiet" icon="zoomOut" label="Zoom out" onClick={() => to(zoomed(period, middle, 2))} />
      <Button
        kind="quiet"
        icon="live"
        isPressed={view.range.kind === "last"}
        title="Follow what is measured now"
        onClick={() => to({ kind: "last", lengthUs: period.toUs - period.fromUs })}
      >
        Now
      </Button>
    </div>
  );
}

export function LayerTools({ view, change }: ToolsProps) {
  return (
    <Segments
      label="Layer"
      value={view.layer}
      choices={[
        ["physical", "Physical"],
        ["raw", "Raw", refusedRaw()],
      ]}
      onChange={(layer) => change({ ...view, layer })}
    />
  );
}

export function AsOfTool({ view, change }: ToolsProps) {
  const [text, setText] = useState(view.asOf ?? "");
  const [isOpen, setOpen] = useState(false);
  const us = text ? fromClock(text.replace(" ", "T"), zone.value) : null;
  const use = (asOf: string | null) => {
    change({ ...view, asOf });
    setOpen(false);
  };
  return (
    <>
      <Button kind="quiet" isPressed={view.asOf !== null} onClick={() => setOpen(true)}>
        {view.asOf ? `As believed ${view.asOf}` : "As of now"}
      </Button>
      {isOpen && (
        <Dialog title="As it was believed at" onClose={() => setOpen(false)}>
          <form
            class="form"
            onSubmit={(event) => {
              event.preventDefault();
              if (us !== null) use(isoTime(us));
            }}
          >
            <TextField
              label={`Time (${zone.value === "utc" ? "UTC" : "local"})`}
              placeholder="2026-11-26 10:00"
              hint="Physical values are shown by the calibration that was believed then, of the readings stored now."
              fault={text && us === null ? "A time such as 2026-11-26 10:00" : null}
              value={text}
              onInput={setText}
            />
            <div class="actions">
              <Button onClick={() => use(null)}>As of now</Button>
              <Button kind="primary" type="submit">
                Show
              </Button>
            </div>
          </form>
        </Dialog>
      )}
    </>
  );
}

const FORMS: [FileForm, string][] = [
  ["csv", "CSV"],
  ["parquet", "Parquet"],
  ["arrow", "Arrow"],
];

export function ExportTools({ view, pictures, width }: ToolsProps) {
  const [opened, setOpened] = useState<"python" | "every" | null>(null);
  const sensors = view.sensors.map((pick) => pick.id);
  const drawn = { sensors, layer: view.layer, ...pictures.period, columns: width, asOf: view.asOf };
  const save = (form: FileForm) => downloadDrawn(drawn, form).catch(toastProblem);
  return (
    <>
      <Menu label="Export what is shown" icon="download" text="Export">
        <MenuItem icon="table" onClick={() => setOpened("every")}>
          Every reading…
        </MenuItem>
        {FORMS.map(([form, name]) => (
          <MenuItem key={form} onClick={() => save(form)}>
            What is drawn, as {name}
          </MenuItem>
        ))}
        <MenuItem icon="code" onClick={() => setOpened("python")}>
          Python that asks the same
        </MenuItem>
      </Menu>
      <Button
        kind="quiet"
        icon="link"
        title="A link that shows the same later"
        onClick={() => copyLink(view, pictures)}
      >
        Copy link
      </Button>
      {opened === "python" && <PythonDialog text={pythonText(drawn)} onClose={() => setOpened(null)} />}
      {opened === "every" && <ExportDialog view={view} pictures={pictures} onClose={() => setOpened(null)} />}
    </>
  );
}

function PythonDialog({ text, onClose }: { text: string; onClose: () => void }) {
  return (
    <Dialog title="Python that asks the same" isWide onClose={onClose}>
      <div class="stack">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
        <pre tabIndex={0}>{text}</pre>
        <div class="actions">
          <Button onClick={() => copy(text, "Copied")}>Copy</Button>
        </div>
      </div>
    </Dialog>
  );
}

function pythonText(drawn: Parameters<typeof downloadDrawn>[0]): string {
  const known = sensorsById.value;
  const sensors = drawn.sensors.map((id) => ({ id, key: nameOf(known.get(id), id) }));
  return pythonOf({ ...drawn, sensors, origin: location.origin });
}

/** The window as it was asked for last, so that the mark is of the same. */
function copyLink(view: View, pictures: Pictures): void {
  const seen = shownMark(view, pictures);
  const query = writeView({ ...frozen(view, pictures.nowUs, zone.value), seen });
  copy(`${location.origin}/explore?${query}`, "Link copied: it shows the same later");
}

export async function copy(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(done);
  } catch {
    toast("The browser does not let this page copy: select the text and copy it", "warn");
  }
}
