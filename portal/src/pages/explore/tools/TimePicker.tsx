/** The window of time: typed as people say it, by buttons, by the keys of the plot. */

import { useState } from "preact/hooks";
import { type Period, type Range, typedRange } from "../../../ranges.ts";
import { zone } from "../../../settings.ts";
import { clockText, DAY, dateText, durationText, HOUR, MINUTE, SECOND, zoneSuffix } from "../../../times.ts";
import { Button } from "../../../ui/buttons.tsx";
import { Menu, MenuItem } from "../../../ui/dialogs.tsx";
import { SessionItems } from "./SessionItems.tsx";

const QUICK: [string, number][] = [
  ["Last minute", MINUTE],
  ["Last 5 min", 5 * MINUTE],
  ["Last 15 min", 15 * MINUTE],
  ["Last hour", HOUR],
  ["Last 6 h", 6 * HOUR],
  ["Last day", DAY],
  ["Last week", 7 * DAY],
  ["Last 30 d", 30 * DAY],
];

export function TimePicker({
  range,
  period,
  sensors,
  onRange,
}: {
  range: Range;
  period: Period;
  sensors: string[];
  onRange: (range: Range) => void;
}) {
  const length = period.toUs - period.fromUs;
  return (
    <Menu label="Window of time" icon="clock" text={rangeText(range, period)} isLeft>
      <TypedRange onRange={onRange} />
      {QUICK.map(([name, lengthUs]) => (
        <MenuItem
          key={name}
          isCurrent={range.kind === "last" && length === lengthUs}
          onClick={() => onRange({ kind: "last", lengthUs })}
        >
          {name}
        </MenuItem>
      ))}
      <SessionItems sensors={sensors} onRange={onRange} />
    </Menu>
  );
}

function TypedRange({ onRange }: { onRange: (range: Range) => void }) {
  const [text, setText] = useState("");
  const [isBad, setBad] = useState(false);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const found = typedRange(text, Date.now() * 1000, zone.value);
    setBad(!found);
    if (!found) return;
    onRange(found);
    setText("");
    (event.target as HTMLElement).closest("details")?.removeAttribute("open");
  };
  return (
    <form class="row" style="padding: 8px" onSubmit={submit}>
      <input
        class="grow"
        aria-label="Type a window"
        aria-invalid={isBad}
        aria-describedby="window-hint"
        placeholder="last 2 h"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <Button type="submit">Show</Button>
      <span id="window-hint" class={isBad ? "fault" : "muted"} style="flex-basis: 100%">
        {isBad ? "That is no window. " : ""}Such as <code>last 90 s</code>, <code>yesterday</code>,{" "}
        <code>2026-11-26 10:00 to 11:30</code>
      </span>
    </form>
  );
}

/** `last 2 h`, or from and to with as much of a date as is needed. */
export function rangeText(range: Range, { fromUs, toUs }: Period): string {
  const at = zone.value;
  if (range.kind === "last") return `Last ${durationText(range.lengthUs)}`;
  const decimals = toUs - fromUs < SECOND / 100 ? 6 : toUs - fromUs < 20 * SECOND ? 3 : 0;
  const from = `${dateText(fromUs, at)} ${clockText(fromUs, at, decimals)}`;
  const isOneDay = dateText(fromUs, at) === dateText(toUs, at);
  const to = `${isOneDay ? "" : `${dateText(toUs, at)} `}${clockText(toUs, at, decimals)}`;
  const [before, after] = [zoneSuffix(fromUs, at), zoneSuffix(toUs, at)];
  // The clocks are put forward or back in between.
  return before === after ? `${from} – ${to} ${after}` : `${from} ${before} – ${to} ${after}`;
}
