/** A sensor of all members: laid over one another, with their spread, and what each is above the baseline. */

import type { Signal } from "@preact/signals";
import { useState } from "preact/hooks";
import type { ComparisonAnswer } from "../../../api/types.ts";
import { countText } from "../../../numbers.ts";
import { roundOf } from "../../../plot/colours.ts";
import { Figure, type NamedLine } from "../../../plot/Figure.tsx";
import type { PlotAction } from "../../../plot/keys.ts";
import { type Columns, usualGap } from "../../../series/columns.ts";
import { durationText } from "../../../times.ts";
import { Button } from "../../../ui/buttons.tsx";
import { Panel } from "../../../ui/Page.tsx";
import {
  bandOf,
  type ComparedMember,
  columnsOf,
  differenceColumns,
  idOf,
  isByStep,
  movedColumns,
  unitOf,
} from "../answers.ts";
import { nudgeUs } from "../compareState.ts";
import { KeyTable } from "./KeyTable.tsx";
import { ShiftDrag } from "./ShiftDrag.tsx";

const HEIGHT_PX = 240;
const DIFFERENCE_PX = 120;

export interface KeyPlotsProps {
  name: string;
  answer: ComparisonAnswer;
  /** In columns that all members have values in. */
  differing: ComparisonAnswer;
  window: [number, number];
  picked: string | null;
  hasSpread: boolean;
  hasDifference: boolean;
  /** In numbers, in place of lines. */
  isTable: boolean;
  onTable: () => void;
  isLast: boolean;
  cursor: Signal<number | null>;
  onWindow: (window: [number, number] | null) => void;
  onLeaveOut: () => void;
  /** The member whose line is dragged. */
  moving: ComparedMember | null;
  /** By how much members are moved already. */
  shifts: Record<string, number>;
  onMoved: (by: number) => void;
  onMovingEnd: () => void;
}

export function KeyPlots(props: KeyPlotsProps) {
  const { answer, name } = props;
  return (
    <Panel isBare>
      <div class="line-head">
        <strong class="cut grow">
          {name}
          {props.isTable && <span class="muted"> {unitOf(answer, name)}</span>}
        </strong>
        <Button kind="quiet" icon="close" label={`Leave ${name} out`} onClick={props.onLeaveOut} />
      </div>
      {props.isTable ? <KeyTable name={name} answer={answer} /> : <Lines {...props} />}
    </Panel>
  );
}

function Lines(props: KeyPlotsProps) {
  const { answer, differing, name, hasDifference } = props;
  const baseline = answer.members.find((each) => idOf(each) === answer.meta.baseline);
  const others = answer.members
    .map((member, place) => ({ member, place }))
    .filter(({ member }) => idOf(member) !== answer.meta.baseline);
  const unit = unitOf(answer, name);
  const { moving } = props;
  const [dragged, setDragged] = useState(0);
  const isSteps = isByStep(answer);
  const tell = isSteps ? (by: number) => `${countText(by)} steps` : durationText;
  return (
    <>
      <div class="plot-holder">
        <Plot
          {...props}
          label={name}
          height={HEIGHT_PX}
          hasNoTimes={!props.isLast || hasDifference}
          band={props.hasSpread ? bandOf(differing, name) : null}
          lines={answer.members.map((member, place) =>
            lineOf(
              member,
              place,
              unit,
              movedColumns(columnsOf(answer.grid, member, name), member === moving ? dragged : 0),
              props.picked,
            ),
          )}
        />
        {moving && (
          <ShiftDrag
            name={moving.name}
            told={`moved by ${tell((props.shifts[idOf(moving)] ?? 0) - dragged)}`}
            length={props.window[1] - props.window[0]}
            step={nudgeUs(props.window[1] - props.window[0])}
            onDrag={setDragged}
            onDone={props.onMoved}
            onEnd={props.onMovingEnd}
          />
        )}
      </div>
      {hasDifference && baseline && (
        <>
          <div class="line-head muted">Difference to {baseline.name}</div>
          <Plot
            {...props}
            label={`${name}, difference to ${baseline.name}`}
            height={DIFFERENCE_PX}
            hasNoTimes={!props.isLast}
            band={null}
            lines={others.map(({ member, place }) =>
              lineOf(member, place, unit, differenceColumns(differing, idOf(member), name), props.picked),
            )}
          />
        </>
      )}
    </>
  );
}

function Plot(
  props: KeyPlotsProps & {
    label: string;
    height: number;
    hasNoTimes: boolean;
    band: ReturnType<typeof bandOf>;
    lines: NamedLine[];
  },
) {
  const { window, onWindow } = props;
  return (
    <Figure
      label={props.label}
      height={props.height}
      cursor={props.cursor}
      lines={props.lines}
      limits={null}
      shown={() => ({
        fromUs: window[0],
        toUs: window[1],
        nowUs: window[1],
        loaded: window,
        zone: "utc",
        isElapsed: !isByStep(props.answer),
        isSteps: isByStep(props.answer),
        markerA: null,
        markerB: null,
        hasNoTimes: props.hasNoTimes,
        band: props.band,
        flags:
          window[0] < 0 && window[1] > 0 && !isByStep(props.answer)
            ? [{ fromUs: 0, toUs: 0, text: "T0" }]
            : [],
      })}
      onRange={(from, to, isDone) =>
        isDone && onWindow([Math.round(from), Math.max(Math.round(to), Math.round(from) + 1)])
      }
      onAction={(action: PlotAction) => {
        if (action.do === "whole" || action.do === "clear") onWindow(null);
        else if (action.do === "table") props.onTable();
      }}
    />
  );
}

function lineOf(
  member: ComparedMember,
  place: number,
  unit: string,
  columns: Columns,
  picked: string | null,
): NamedLine {
  const id = idOf(member);
  return {
    id,
    name: member.name,
    unit,
    colour: place,
    columns,
    gapUs: usualGap(columns),
    round: roundOf(place),
    isFaint: picked !== null && picked !== id,
    isPale: picked !== null && picked !== id,
    isPicked: picked === id,
  };
}
