/** What people noted about a window: below the plots, and as flags on them. */

import type { Signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { Annotation } from "../../api/types.ts";
import type { Period } from "../../ranges.ts";
import { projectId } from "../../session.ts";
import { isoTime, parseTime } from "../../times.ts";
import { Button, RoleButton } from "../../ui/buttons.tsx";
import { Tags, Time } from "../../ui/facts.tsx";
import { CheckField, TextField } from "../../ui/forms/fields.tsx";
import { FormDialog, tagsOf } from "../../ui/forms/forms.tsx";
import { ProblemNote } from "../../ui/notes.tsx";
import { Panel } from "../../ui/Page.tsx";
import { type Asked, useAsked } from "../../ui/requests/asking.ts";
import { useSending } from "../../ui/requests/sending.ts";
import { Table } from "../../ui/tables/table.tsx";
import type { View } from "../../view.ts";
import { AnnotationRemoval } from "../journal/AnnotationRemoval.tsx";

export interface Noted extends Asked<Annotation[]> {
  /** The window has more than are here. */
  isCut: boolean;
}

const MOST = 200;

/** Those of the window that speak of a shown sensor, or of everything. */
export function useAnnotations(view: View, period: Period | null): Noted {
  const project = projectId.value;
  const ids = new Set(view.sensors.map((pick) => pick.id));
  const { fromUs, toUs } = widened(period ?? { fromUs: 0, toUs: 0 });
  const key = period && view.sensors.length ? `annotations ${project} ${fromUs} ${toUs}` : null;
  const question = async (signal: AbortSignal) => {
    const query = { from: isoTime(fromUs), to: isoTime(toUs), limit: MOST };
    const params = { path: { project_id: project ?? "" }, query };
    return ask(api.GET("/api/v1/projects/{project_id}/annotations", { params, signal }));
  };
  const asked = useAsked(project && key, question, 0, true);
  const isShown = (each: Annotation) => !each.sensors.length || each.sensors.some((id) => ids.has(id));
  return { ...asked, data: asked.data?.items.filter(isShown) ?? null, isCut: !!asked.data?.next_cursor };
}

/** To whole tenths of the window, so that nothing is asked at each step of a hand. */
function widened({ fromUs, toUs }: Period): Period {
  const step = 10 ** Math.floor(Math.log10(Math.max(toUs - fromUs, 10)));
  return { fromUs: Math.floor(fromUs / step) * step, toUs: Math.ceil(toUs / step) * step };
}

/** As flags: from, to (the same for a moment) and what they say. */
export function flagsOf(noted: Noted): { fromUs: number; toUs: number; text: string }[] {
  return (noted.data ?? []).map((each) => {
    const fromUs = parseTime(each.from) ?? 0;
    return { fromUs, toUs: parseTime(each.to ?? "") ?? fromUs, text: each.text };
  });
}

export function AnnotationPanel(props: {
  view: View;
  noted: Noted;
  cursor: Signal<number | null>;
  /** Whether one is being written. */
  isNew: boolean;
  onNew: (isNew: boolean) => void;
  onShow: (fromUs: number, toUs: number) => void;
}) {
  const { view, noted, isNew, onNew } = props;
  const [doomed, setDoomed] = useState<Annotation | null>(null);
  const show = (item: Annotation) => {
    const from = parseTime(item.from) ?? 0;
    const to = parseTime(item.to ?? "") ?? from;
    const air = Math.max((to - from) / 2, 5_000_000);
    props.onShow(from - air, to + air);
  };
  const items = noted.data ?? [];
  return (
    <Panel
      title="Annotations"
      isBare
      tools={
        <RoleButton
          least="editor"
          icon="plus"
          title="At the marker A, or from A to B. Ctrl and dragging over a plot marks both"
          onClick={() => onNew(true)}
        >
          Annotate
        </RoleButton>
      }
    >
      {noted.problem && <ProblemNote problem={noted.problem} again={noted.again} />}
      {items.length > 0 && (
        <Table
          label="Annotations of the window"
          rows={items}
          keyOf={(each) => each.id}
          columns={[
            { name: "When", cell: (each) => <Time at={each.from} /> },
            { name: "Until", isExtra: true, cell: (each) => (each.to ? <Time at={each.to} /> : "") },
            { name: "Text", cell: (each) => each.text },
            { name: "Tags", isExtra: true, cell: (each) => <Tags tags={each.tags} /> },
            {
              name: "",
              cell: (each) => (
                <div class="row" style="flex-wrap: nowrap">
                  <Button kind="quiet" onClick={() => show(each)}>
                    Show
                  </Button>
                  <RoleButton
                    least="editor"
                    kind="quiet"
                    icon="close"
                    label={`Delete the annotation ${each.text}`}
                    onClick={() => setDoomed(each)}
                  />
                </div>
              ),
            },
          ]}
        />
      )}
      {noted.isCut && (
        <p class="muted cut-note">
          Of the first {MOST} of the window. Zoom in to see all, or read them in the{" "}
          <a href="/annotations">journal</a>.
        </p>
      )}
      {doomed && (
        <AnnotationRemoval annotation={doomed} onDone={noted.again} onClose={() => setDoomed(null)} />
      )}
      {isNew && (
        <NewAnnotation view={view} cursor={props.cursor} onClose={() => onNew(false)} onMade={noted.again} />
      )}
    </Panel>
  );
}

function NewAnnotation(props: {
  view: View;
  cursor: Signal<number | null>;
  onClose: () => void;
  onMade: () => void;
}) {
  const { view } = props;
  const [text, setText] = useState("");
  const [tags, setTags] = useState("");
  const [isOfSensors, setOfSensors] = useState(true);
  const [times] = useState(() => markedTimes(view, props.cursor.value));
  const sending = useSending(
    async (key) =>
      ask(
        api.POST("/api/v1/projects/{project_id}/annotations", {
          params: { path: { project_id: projectId.value ?? "" }, header: { "idempotency-key": key } },
          body: {
            text,
            tags: tagsOf(tags),
            from: isoTime(times[0]),
            ...(times[1] === null ? {} : { to: isoTime(times[1]) }),
            ...(isOfSensors ? { sensors: view.sensors.map((pick) => pick.id) } : {}),
          },
        }),
      ),
    () => {
      props.onMade();
      props.onClose();
    },
  );
  return (
    <FormDialog title="Annotate" verb="Note it" sending={sending} onClose={props.onClose}>
      <p>
        <Time at={times[0]} />
        {times[1] !== null && (
          <>
            {" "}
            to <Time at={times[1]} />
          </>
        )}
      </p>
      <TextField
        label="Text"
        isRequired
        isLong
        value={text}
        onInput={setText}
        fault={sending.problem?.faultOf("/text") ?? null}
      />
      <TextField
        label="Tags"
        hint="Parted by commas"
        value={tags}
        onInput={setTags}
        fault={sending.problem?.faultIn("/tags") ?? null}
      />
      <CheckField
        label="Of the sensors that are shown, not of all"
        value={isOfSensors}
        onChange={setOfSensors}
      />
      <p class="muted">It stands at marker A, or from A to B. Without markers at the cursor, or now.</p>
    </FormDialog>
  );
}

function markedTimes(view: View, cursorUs: number | null): [number, number | null] {
  const { markerA, markerB } = view;
  if (markerA !== null && markerB !== null && markerA !== markerB) {
    return [Math.min(markerA, markerB), Math.max(markerA, markerB)];
  }
  return [Math.round(markerA ?? markerB ?? cursorUs ?? Date.now() * 1000), null];
}
