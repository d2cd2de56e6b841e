/** Readings that lie in files instead of the database. */

import type { ArchiveUsage } from "../../api/types.ts";
import { bytesText, countText } from "../../numbers.ts";
import { zone } from "../../settings.ts";
import { dateText, parseTime } from "../../times.ts";

/** How many there are, in how many files, and of which days. */
export function Archived({ archive }: { archive: ArchiveUsage }) {
  const { files, readings, size_bytes: bytes, from, to } = archive;
  if (!from || !to) return <span class="muted">none</span>;
  const days = [from, to].map((at) => dateText(parseTime(at) ?? 0, zone.value));
  return (
    <span>
      {countText(readings)} readings in {countText(files)} {files === 1 ? "file" : "files"},{" "}
      {bytesText(bytes)}; {days[0] === days[1] ? days[0] : days.join(" to ")}
    </span>
  );
}

/** After how long readings go there. */
export function filedText(days: number | null): string {
  if (days === null) return "never";
  return days === 1 ? "a day after they are measured" : `${countText(days)} days after they are measured`;
}
