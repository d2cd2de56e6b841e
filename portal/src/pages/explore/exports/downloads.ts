/** What is drawn, as a file of the API's own making. */

import { Problem } from "../../../api/problems.ts";
import { isoTime } from "../../../times.ts";
import type { Layer } from "../../../view.ts";

export type FileForm = "csv" | "parquet" | "arrow";

const MEDIA: Record<FileForm, string> = {
  csv: "text/csv",
  parquet: "application/vnd.apache.parquet",
  arrow: "application/vnd.apache.arrow.stream",
};

export interface Drawn {
  sensors: string[];
  layer: Layer;
  fromUs: number;
  toUs: number;
  columns: number;
  asOf: string | null;
}

export function drawnQuery(drawn: Drawn): string {
  const query = new URLSearchParams(drawn.sensors.map((id) => ["sensor", id]));
  query.set("from", isoTime(drawn.fromUs));
  query.set("to", isoTime(drawn.toUs));
  query.set("layer", drawn.layer);
  query.set("columns", String(drawn.columns));
  if (drawn.asOf) query.set("as_of", drawn.asOf);
  return query.toString();
}

export async function downloadDrawn(drawn: Drawn, form: FileForm): Promise<void> {
  const response = await fetch(`/api/v1/series?${drawnQuery(drawn)}`, { headers: { Accept: MEDIA[form] } });
  if (!response.ok) throw new Problem(response.status, await response.json().catch(() => null));
  const name = `barograph-${isoTime(drawn.fromUs).replace(/[:.]/g, "")}.${form}`;
  saveAs(await response.blob(), name);
}

export function saveAs(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
