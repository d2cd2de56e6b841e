/** What can be seen of a file. The server has read it; nothing of it runs here. */

import { api, ask } from "../../api/client.ts";
import type { Artifact, ArtifactPreview } from "../../api/types.ts";
import { countText } from "../../numbers.ts";
import { Answered } from "../../ui/notes.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { Table } from "../../ui/tables/table.tsx";

/** Pages as wide as the frame, and no list of them beside: as Chromium and Firefox want to be told. */
const READER_VIEW = "#navpanes=0&pagemode=none&view=FitH";

export function FilePreview({ file }: { file: Artifact }) {
  const asked = useAsked(`preview ${file.id}`, (signal) =>
    ask(
      api.GET("/api/v1/artifacts/{artifact_id}/preview", {
        params: { path: { artifact_id: file.id } },
        signal,
      }),
    ),
  );
  return <Answered asked={asked}>{(preview) => <Shown file={file} preview={preview} />}</Answered>;
}

function Shown({ file, preview }: { file: Artifact; preview: ArtifactPreview }) {
  const content = `/api/v1/artifacts/${file.id}/content`;
  switch (preview.form) {
    case "image":
      return <img class="file-image" src={content} alt={`What ${file.name} shows`} />;
    case "pdf":
      return <Pdf name={file.name} content={content} />;
    case "text":
      return (
        <>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
          <section class="file-text" tabIndex={0} aria-label={`The beginning of ${file.name}`}>
            <pre>{preview.text}</pre>
          </section>
          <Cut preview={preview} />
        </>
      );
    case "table":
      return (
        <>
          <Rows rows={preview.rows ?? []} />
          <Cut preview={preview} />
        </>
      );
    case "schema":
      return (
        <>
          <Table
            label={`Columns of ${file.name}`}
            rows={preview.fields ?? []}
            keyOf={(field) => field.name}
            columns={[
              { name: "Column", cell: (field) => field.name },
              { name: "Type", cell: (field) => <code>{field.type}</code> },
            ]}
          />
          <p class="muted">{countText(preview.rows_total ?? 0)} rows</p>
        </>
      );
    default:
      return <p class="muted">Nothing of this file can be shown here.</p>;
  }
}

/**
 * In the browser's own reader, which is a program beside the page: nothing in the file has the portal's origin.
 * Phones have none that works within a page.
 */
function Pdf({ name, content }: { name: string; content: string }) {
  return (
    <>
      {navigator.pdfViewerEnabled && (
        <iframe
          class="file-pdf"
          src={content + READER_VIEW}
          title={`What ${name} shows`}
          referrerpolicy="no-referrer"
        />
      )}
      <p>
        <a href={content} target="_blank" rel="noopener noreferrer">
          Open the PDF in a new window
        </a>
      </p>
    </>
  );
}

function Cut({ preview }: { preview: ArtifactPreview }) {
  return preview.is_cut ? <p class="muted">There is more; this is the beginning.</p> : null;
}

function Rows({ rows }: { rows: string[][] }) {
  const [header = [], ...rest] = rows;
  return (
    <Table
      label="First rows"
      rows={rest.map((cells, place) => ({ cells, place }))}
      keyOf={(row) => String(row.place)}
      columns={header.map((name, column) => ({
        name: name || `Column ${column + 1}`,
        cell: (row: { cells: string[] }) => row.cells[column] ?? "",
      }))}
    />
  );
}
