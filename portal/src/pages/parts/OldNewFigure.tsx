/** One sensor's values before and after, over one another, and below what they differ by. */

import { useSignal } from "@preact/signals";
import { Figure, type NamedLine } from "../../plot/Figure.tsx";
import type { Period } from "../../ranges.ts";
import { type Columns, usualGap } from "../../series/columns.ts";
import { differenceOf } from "../../series/difference.ts";
import { zone } from "../../settings.ts";
import "../../style/plot.css";

export interface OldNew {
  period: Period;
  unit: string;
  old: Columns;
  /** Null as long as it is not known. */
  fresh: Columns | null;
}

export function OldNewFigure(props: {
  shown: OldNew;
  oldName: string;
  newName: string;
  onRange?: (fromUs: number, toUs: number) => void;
  onWhole?: () => void;
}) {
  const { shown, oldName, newName } = props;
  const cursor = useSignal<number | null>(null);
  const line = (id: string, name: string, colour: number, columns: Columns): NamedLine => ({
    id,
    name,
    unit: shown.unit,
    colour,
    columns,
    gapUs: usualGap(columns),
  });
  const { fresh } = shown;
  const lines = [
    { ...line("old", oldName, 7, shown.old), isFaint: true },
    ...(fresh ? [line("new", newName, 0, fresh)] : []),
  ];
  const difference = fresh && differenceOf(shown.old, fresh);
  const plot = (label: string, height: number, drawn: NamedLine[], hasNoTimes: boolean) => (
    <Figure
      label={label}
      height={height}
      cursor={cursor}
      lines={drawn}
      limits={null}
      shown={() => ({
        ...shown.period,
        nowUs: Date.now() * 1000,
        loaded: [shown.period.fromUs, shown.period.toUs],
        zone: zone.value,
        markerA: null,
        markerB: null,
        hasNoTimes,
      })}
      onRange={(from, to) => props.onRange?.(from, to)}
      onAction={(action) => {
        if (action.do === "whole" || action.do === "clear") props.onWhole?.();
      }}
    />
  );
  return (
    <>
      <div class="row" style="padding: 8px 12px 0">
        <span class="swatch" style="background: var(--muted)" /> {oldName}
        <span class="swatch" style="background: var(--series-0)" /> {newName}
      </div>
      {plot("Old and new", 200, lines, difference !== null)}
      {difference && (
        <>
          <div class="row" style="padding: 0 12px">
            <span class="swatch" style="background: var(--series-1)" /> New less old
          </div>
          {plot("New less old", 130, [line("difference", "New less old", 1, difference)], false)}
        </>
      )}
    </>
  );
}
