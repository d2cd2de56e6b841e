/** Wheel, dragging with Shift, and fingers: they move and zoom the window. Dragging alone is uPlot's. */

export interface GestureEvents {
  /** Moved by a share of the width: positive goes back in time. */
  onPan: (share: number) => void;
  onZoom: (left: number, factor: number) => void;
  onDone: () => void;
}

const WHEEL_DONE_MS = 250;

export function followGestures(over: HTMLElement, events: GestureEvents): () => void {
  const fingers = new Map<number, PointerEvent>();
  let isPanning = false;
  let timer = 0;
  const settle = () => {
    clearTimeout(timer);
    timer = window.setTimeout(events.onDone, WHEEL_DONE_MS);
  };
  const onWheel = (event: WheelEvent) => {
    const isSideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (!event.ctrlKey && !isSideways) return;
    event.preventDefault();
    if (event.ctrlKey)
      events.onZoom(event.offsetX, Math.exp(Math.min(Math.max(event.deltaY, -80), 80) / 160));
    else events.onPan(-event.deltaX / over.clientWidth);
    settle();
  };
  const onDown = (event: PointerEvent) => {
    if (event.pointerType === "mouse" && !event.shiftKey) return;
    fingers.set(event.pointerId, event);
    isPanning = true;
    over.setPointerCapture(event.pointerId);
    if (event.pointerType === "mouse") event.stopImmediatePropagation();
  };
  const onMove = (event: PointerEvent) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const others = [...fingers.values()].filter((finger) => finger.pointerId !== event.pointerId);
    fingers.set(event.pointerId, event);
    const [other] = others;
    if (!other) return events.onPan((event.clientX - before.clientX) / over.clientWidth);
    const was = Math.abs(before.clientX - other.clientX);
    const is = Math.abs(event.clientX - other.clientX);
    const middle = (event.clientX + other.clientX) / 2 - over.getBoundingClientRect().left;
    if (was > 20 && is > 20) events.onZoom(middle, was / is);
  };
  const onUp = (event: PointerEvent) => {
    fingers.delete(event.pointerId);
    if (!fingers.size && isPanning) {
      isPanning = false;
      events.onDone();
    }
  };
  // uPlot begins a selection at mousedown: with Shift it must not.
  const onMouseDown = (event: MouseEvent) => event.shiftKey && event.stopImmediatePropagation();
  over.addEventListener("wheel", onWheel, { passive: false });
  over.addEventListener("pointerdown", onDown, true);
  over.addEventListener("mousedown", onMouseDown, true);
  over.addEventListener("pointermove", onMove);
  over.addEventListener("pointerup", onUp);
  over.addEventListener("pointercancel", onUp);
  return () => clearTimeout(timer);
}

const CLICK_PX = 4;

/** A press that goes nowhere, as against one that drags. */
export function followClicks(over: HTMLElement, onClick: (left: number) => void): () => void {
  let beganAt: number | null = null;
  const onDown = (event: PointerEvent) => {
    beganAt = event.button === 0 && !event.shiftKey && !event.ctrlKey ? event.clientX : null;
  };
  const onUp = (event: PointerEvent) => {
    if (beganAt !== null && Math.abs(event.clientX - beganAt) < CLICK_PX)
      onClick(event.clientX - over.getBoundingClientRect().left);
    beganAt = null;
  };
  over.addEventListener("pointerdown", onDown);
  over.addEventListener("pointerup", onUp);
  return () => {
    over.removeEventListener("pointerdown", onDown);
    over.removeEventListener("pointerup", onUp);
  };
}
