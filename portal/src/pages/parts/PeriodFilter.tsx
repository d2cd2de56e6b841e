/** A filter by time: typed as people say it, and in the address so that a link leads to the same rows everywhere. */

import { useMemo, useState } from "preact/hooks";
import { typedRange } from "../../ranges.ts";
import { zone } from "../../settings.ts";
import { isoTime, parseSpan, parseTime, spanText, type Zone } from "../../times.ts";
import type { Filters } from "../../ui/lists/filtersInAddress.ts";
import { periodText, readPeriod } from "../backfills/scope.ts";

export function PeriodFilter({ filters }: { filters: Filters }) {
  const [unread, setUnread] = useState<string | null>(null);
  const read = (text: string) => {
    const found = filtersOf(text, Date.now() * 1000, zone.value);
    setUnread(found ? null : text);
    if (found) filters.set(found);
  };
  return (
    <>
      <input
        type="search"
        aria-label="When"
        aria-invalid={unread !== null}
        placeholder="When, such as yesterday"
        value={unread ?? textOf(filters, zone.value)}
        onChange={(event) => read(event.currentTarget.value.trim())}
      />
      {unread !== null && (
        <span class="fault" role="alert">
          That is no period. Such as <code>last 2 h</code>, <code>yesterday</code>,{" "}
          <code>since 2026-11-26</code>
        </span>
      )}
    </>
  );
}

/** The API's bounds. One that ends now has no end: what happens comes, too. */
export function useBounds({ told }: Filters): { from?: string; to?: string } {
  const [last, from, to] = [told("last"), told("from"), told("to")];
  return useMemo(() => {
    const lengthUs = parseSpan(last);
    if (lengthUs !== null) return { from: isoTime(Date.now() * 1000 - lengthUs) };
    return {
      ...(parseTime(from) === null ? {} : { from }),
      ...(parseTime(to) === null ? {} : { to }),
    };
  }, [last, from, to]);
}

/** What is typed, as the address says it; null: it is no period. */
function filtersOf(text: string, nowUs: number, clock: Zone): Record<string, string> | null {
  const range = typedRange(text, nowUs, clock);
  if (range?.kind === "last") return { last: spanText(range.lengthUs), from: "", to: "" };
  const period = readPeriod(text, nowUs, clock);
  if (!period) return null;
  const { fromUs, toUs } = period;
  return {
    last: "",
    from: fromUs === null ? "" : isoTime(fromUs),
    to: toUs === null || toUs === nowUs ? "" : isoTime(toUs),
  };
}

function textOf({ told }: Filters, clock: Zone): string {
  const last = told("last");
  if (parseSpan(last) !== null) return `last ${last}`;
  return periodText({ fromUs: parseTime(told("from")), toUs: parseTime(told("to")) }, clock);
}
