/** Files as a table: of one run, or of all. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Artifact } from "../../api/types.ts";
import { bytesText } from "../../numbers.ts";
import { Badge, Status, Time } from "../../ui/facts.tsx";
import type { Listed } from "../../ui/lists/lists.ts";
import { type Column, ListTable } from "../../ui/tables/table.tsx";
import { FileDialog } from "./FileDialog.tsx";

export function FileTable(props: {
  name: string;
  list: Listed<Artifact>;
  hasRun: boolean;
  empty: ComponentChildren;
}) {
  const [opened, setOpened] = useState<string | null>(null);
  return (
    <>
      <ListTable
        label="Files"
        name={props.name}
        list={props.list}
        columns={columns(props.hasRun, setOpened)}
        keyOf={(each) => each.id}
        empty={props.empty}
      />
      {opened && <FileDialog id={opened} onClose={() => setOpened(null)} onChanged={props.list.again} />}
    </>
  );
}

function columns(hasRun: boolean, open: (id: string) => void): Column<Artifact>[] {
  const own: Column<Artifact>[] = [
    {
      name: "File",
      least: 160,
      grow: 2,
      cell: (each) => (
        <span class="row" style="flex-wrap: nowrap">
          <button type="button" class="file-name cut" onClick={() => open(each.id)}>
            {each.name}
          </button>
          {each.restricted && <Badge tone="warn">restricted</Badge>}
        </span>
      ),
    },
    { name: "Kind", least: 90, grow: 0, cell: (each) => each.kind },
    { name: "Status", least: 110, grow: 0, cell: (each) => <FileStatus file={each} /> },
    { name: "Size", least: 90, isNumber: true, cell: (each) => <FileSize file={each} /> },
    { name: "Added", least: 120, grow: 0, cell: (each) => <Time at={each.created_at} isAgo /> },
  ];
  if (!hasRun) return own;
  const run: Column<Artifact> = {
    name: "Run",
    least: 140,
    cell: (each) => <a href={`/runs/${each.run_id}`}>{each.run}</a>,
  };
  return [...own.slice(0, 2), run, ...own.slice(2)];
}

export function FileStatus({ file }: { file: Artifact }) {
  return file.missing_since ? <Badge tone="bad">file missing</Badge> : <Status status={file.status} />;
}

export function FileSize({ file }: { file: Artifact }) {
  if (file.size_bytes === null) return <span class="muted">elsewhere</span>;
  return <span class="nowrap">{bytesText(file.size_bytes)}</span>;
}
