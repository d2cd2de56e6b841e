/** Files of readings that jobs have made or are making: how far each is, and where to get it. */

import { useState } from "preact/hooks";
import { api, ask } from "../../../api/client.ts";
import type { Export } from "../../../api/types.ts";
import { bytesText, countText } from "../../../numbers.ts";
import { Button } from "../../../ui/buttons.tsx";
import { Meter, Status, Time } from "../../../ui/facts.tsx";
import { ProblemNote } from "../../../ui/notes.tsx";
import { useAsked } from "../../../ui/requests/asking.ts";
import { useSending } from "../../../ui/requests/sending.ts";
import { Table } from "../../../ui/tables/table.tsx";

const SHOWN = 5;
const OPEN = new Set(["waiting", "running"]);
const SOON_MS = 1000;
const LATER_MS = 15_000;

/** `made` rises with each that was asked for, so that it is seen at once. */
export function MadeFiles({ project, made }: { project: string; made: number }) {
  const [everyMs, setEvery] = useState(SOON_MS);
  const read = async (signal: AbortSignal) => {
    const params = { path: { project_id: project }, query: { limit: SHOWN } };
    const page = await ask(api.GET("/api/v1/projects/{project_id}/exports", { params, signal }));
    setEvery(page.items.some((each) => OPEN.has(each.status)) ? SOON_MS : LATER_MS);
    return page;
  };
  const asked = useAsked(`exports ${project} ${made}`, read, everyMs, true);
  if (asked.problem) return <ProblemNote problem={asked.problem} again={asked.again} />;
  if (!asked.data?.items.length) return null;
  return (
    <>
      <Table
        label="Files that were made"
        rows={asked.data.items}
        keyOf={(each) => each.id}
        columns={[
          { name: "Asked for", cell: (each) => <Time at={each.created_at} isAgo /> },
          { name: "State", cell: (each) => <Progress item={each} /> },
          { name: "Readings", isNumber: true, cell: (each) => countText(each.rows_done) },
          {
            name: "Size",
            isNumber: true,
            cell: (each) => <span class="nowrap">{bytesText(each.size_bytes)}</span>,
          },
          { name: "File", cell: (each) => <Content item={each} again={asked.again} /> },
        ]}
      />
      {asked.data.next_cursor && <p class="muted cut-note">The newest {SHOWN}.</p>}
    </>
  );
}

function Progress({ item }: { item: Export }) {
  if (item.status !== "running")
    return (
      <span title={item.failure || undefined}>
        <Status status={item.status} /> {item.failure}
      </span>
    );
  const share = item.rows_total ? item.rows_done / item.rows_total : 0;
  return (
    <div class="stack" style="gap: 4px; min-width: 90px">
      <Status status={item.status} />
      <Meter share={share} label="How much of the file is made" />
    </div>
  );
}

function Content({ item, again }: { item: Export; again: () => void }) {
  const params = { path: { export_id: item.id } };
  const cancelling = useSending(() => ask(api.POST("/api/v1/exports/{export_id}:cancel", { params })), again);
  if (OPEN.has(item.status))
    return (
      <Button kind="quiet" isBusy={cancelling.isBusy} onClick={() => cancelling.send()}>
        Cancel
      </Button>
    );
  if (item.status !== "finished") return null;
  return (
    <span class="stack" style="gap: 2px">
      {/* The router would take it for a page of its own. */}
      <a href={`/api/v1/exports/${item.id}/content`} download="" onClick={(event) => event.stopPropagation()}>
        Download
      </a>
      {item.sha256 && <code class="muted export-hash">SHA-256 {item.sha256}</code>}
    </span>
  );
}
