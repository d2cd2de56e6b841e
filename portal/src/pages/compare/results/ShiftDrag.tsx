/** A member's line taken by the pointer, or by arrows, and laid elsewhere: its T0 moves the other way. */

import { useRef } from "preact/hooks";
import { GUTTER_PX, RIGHT_PX } from "../../../plot/canvas.ts";

export function ShiftDrag(props: {
  name: string;
  /** By how much it is moved, in words. */
  told: string;
  /** What the width of the plot stands for. */
  length: number;
  step: number;
  /** Where the line goes for now. */
  onDrag: (by: number) => void;
  /** It stays there. */
  onDone: (by: number) => void;
  onEnd: () => void;
}) {
  const began = useRef<number | null>(null);
  const byOf = (event: PointerEvent) => {
    const width = (event.currentTarget as HTMLElement).clientWidth;
    return began.current === null ? 0 : Math.round(((event.clientX - began.current) / width) * props.length);
  };
  const drop = (by: number) => {
    began.current = null;
    props.onDrag(0);
    if (by) props.onDone(by);
  };
  return (
    <div
      class="shift-drag"
      style={{ left: `${GUTTER_PX}px`, right: `${RIGHT_PX}px` }}
      // A range input has no value that fits a line in a plot.
      role="slider"
      tabIndex={0}
      aria-label={`Where the line of ${props.name} lies`}
      aria-valuenow={0}
      aria-valuetext={props.told}
      title="Drag it, or use the arrow keys; Escape ends it"
      onPointerDown={(event) => {
        began.current = event.clientX;
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => began.current !== null && props.onDrag(byOf(event))}
      onPointerUp={(event) => began.current !== null && drop(byOf(event))}
      onPointerCancel={() => drop(0)}
      onKeyDown={(event) => {
        const sign = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (event.key === "Escape") props.onEnd();
        else if (sign) props.onDone(sign * props.step * (event.shiftKey ? 10 : 1));
        else return;
        event.preventDefault();
      }}
    />
  );
}
