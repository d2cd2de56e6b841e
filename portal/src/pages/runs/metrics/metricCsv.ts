/** What is seen of metrics, as CSV. Pure. */

import { isoTime } from "../../../times.ts";
import type { MetricLine } from "./metricLines.ts";

export interface CsvLine {
  run: string;
  runId: string;
  name: string;
  line: MetricLine;
}

export function csvOf(lines: CsvLine[], window: [number, number]): string {
  const rows = ["run_id,run,name,step,time,value"];
  for (const { run, runId, name, line } of lines)
    for (const [place, at] of line.at.entries()) {
      if (at < window[0] || at > window[1]) continue;
      const time = isoTime(line.tUs[place] ?? 0);
      rows.push([runId, quoted(run), quoted(name), line.step[place], time, line.value[place]].join(","));
    }
  return `${rows.join("\n")}\n`;
}

/** A spreadsheet takes what begins so for a formula. */
function quoted(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
