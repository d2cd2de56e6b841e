/** Files of history: dropped here, previewed, read. */

import { useLocation } from "preact-iso";
import { api, ask } from "../../api/client.ts";
import type { Import } from "../../api/types.ts";
import { bytesText, countText } from "../../numbers.ts";
import { projectId, refusedFor } from "../../session.ts";
import { ForRole } from "../../ui/ForRole.tsx";
import { Meter, Status, Time } from "../../ui/facts.tsx";
import { FileDrop } from "../../ui/forms/FileDrop.tsx";
import { useList } from "../../ui/lists/lists.ts";
import { Empty, ProblemNote } from "../../ui/notes.tsx";
import { Page, Panel } from "../../ui/Page.tsx";
import { useSending } from "../../ui/requests/sending.ts";
import { type Column, ListTable } from "../../ui/tables/table.tsx";
import { chosenFiles } from "./upload.ts";

const REFRESH_MS = 3000;
const ENDINGS = ".csv,.txt,.tsv,.dat,.asc,.parquet,.arrow,.feather,.mf4,.mdf,.tdms,.h5,.hdf5";

const COLUMNS: Column<Import>[] = [
  { name: "File", least: 160, grow: 2, cell: (each) => <a href={`/imports/${each.id}`}>{each.file_name}</a> },
  { name: "Status", least: 110, grow: 0, cell: (each) => <Status status={each.status} /> },
  {
    name: "Done",
    least: 116,
    grow: 0,
    cell: (each) => (
      <div style="width: 90px; padding-top: 6px">
        <Meter share={shareOf(each)} label={`Done of ${each.file_name}`} />
      </div>
    ),
  },
  {
    name: "Size",
    least: 90,
    isNumber: true,
    cell: (each) => <span class="nowrap">{bytesText(each.size_bytes)}</span>,
  },
  { name: "Stored", least: 100, isNumber: true, cell: (each) => countText(each.accepted) },
  { name: "Begun", least: 120, grow: 0, cell: (each) => <Time at={each.created_at} isAgo /> },
];

export default function Imports() {
  return (
    <Page title="Imports">
      <ForRole least="editor" title="Imports">
        <AllImports />
      </ForRole>
    </Page>
  );
}

function AllImports() {
  const project = projectId.value;
  const list = useList(
    project && `imports ${project}`,
    (cursor, signal) => {
      const params = { path: { project_id: project ?? "" }, query: { limit: 50, cursor } };
      return ask(api.GET("/api/v1/projects/{project_id}/imports", { params, signal }));
    },
    REFRESH_MS,
  );
  return (
    <>
      <DropFile />
      <Panel title="Imports" isBare>
        <ListTable
          label="Imports"
          name="imports"
          list={list}
          columns={COLUMNS}
          keyOf={(each) => each.id}
          empty={
            <Empty title="Nothing imported yet">
              <p>Files of history that are dropped above are listed here.</p>
            </Empty>
          }
        />
      </Panel>
    </>
  );
}

function DropFile() {
  const { route } = useLocation();
  const refused = refusedFor("editor");
  const sending = useSending(
    async (key, file: File) => {
      const made = await ask(
        api.POST("/api/v1/projects/{project_id}/imports", {
          params: { path: { project_id: projectId.value ?? "" }, header: { "idempotency-key": key } },
          body: { file_name: file.name, size_bytes: file.size },
        }),
      );
      chosenFiles.set(made.id, file);
      return made;
    },
    (made) => route(`/imports/${made.id}`),
  );
  return (
    <FileDrop
      title="Drop a file here, or choose one"
      hint="CSV, Parquet, Arrow, MDF, TDMS or HDF5, as loggers write them. Nothing is stored before you have seen a preview."
      accept={ENDINGS}
      isDisabled={refused !== null}
      onFiles={([file]) => file && sending.send(file)}
    >
      {refused && <span class="badge warn">{refused}</span>}
      {sending.problem && <ProblemNote problem={sending.problem} />}
    </FileDrop>
  );
}

function shareOf(each: Import): number {
  if (each.status === "uploading") return each.received_bytes / Math.max(each.size_bytes, 1);
  return each.status === "finished" ? 1 : each.rows_done / Math.max(each.rows_total ?? each.rows_done, 1);
}
