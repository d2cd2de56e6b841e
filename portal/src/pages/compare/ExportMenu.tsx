/** The comparison as a file of the API's own making. */

import { csrfToken } from "../../api/client.ts";
import { Problem } from "../../api/problems.ts";
import type { ComparisonQuestion } from "../../api/types.ts";
import { Menu, MenuItem } from "../../ui/dialogs.tsx";
import { toastProblem } from "../../ui/toasts.tsx";
import { saveAs } from "../explore/exports/downloads.ts";

interface ComparisonFile {
  name: string;
  media: string;
  ending: string;
  shape: "long" | "wide";
}

const FILES: ComparisonFile[] = [
  { name: "CSV, a column for each member", media: "text/csv", ending: "csv", shape: "wide" },
  { name: "CSV, a row for each value", media: "text/csv", ending: "csv", shape: "long" },
  { name: "Parquet", media: "application/vnd.apache.parquet", ending: "parquet", shape: "long" },
  { name: "Arrow", media: "application/vnd.apache.arrow.stream", ending: "arrow", shape: "long" },
  { name: "JSON, with spread and differences", media: "application/json", ending: "json", shape: "long" },
];

export function ExportMenu({ question }: { question: ComparisonQuestion }) {
  return (
    <Menu label="Export the comparison" icon="download" text="Export">
      {FILES.map((file) => (
        <MenuItem key={file.name} onClick={() => download(question, file).catch(toastProblem)}>
          {file.name}
        </MenuItem>
      ))}
    </Menu>
  );
}

async function download(question: ComparisonQuestion, file: ComparisonFile): Promise<void> {
  const response = await fetch(`/api/v1/comparisons?shape=${file.shape}`, {
    method: "POST",
    headers: { Accept: file.media, "Content-Type": "application/json", "X-CSRF-Token": csrfToken() },
    body: JSON.stringify(question),
  });
  if (!response.ok) throw new Problem(response.status, await response.json().catch(() => null));
  saveAs(await response.blob(), `barograph-comparison.${file.ending}`);
}
