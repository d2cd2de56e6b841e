/** Pieces of time in a lane, from the first to the last or to now. */

import { useRef } from "preact/hooks";
import { HOUR, parseTime, SECOND } from "../times.ts";
import { Time } from "./facts.tsx";

export interface LanePiece {
  key: string;
  from: string | null;
  to: string | null;
  text: string;
  tone?: "ok" | "bad" | "";
  href?: string;
  onPress?: () => void;
}

/** From the beginning of time, as the API says it where a time must be named. */
const BEGINNING = "0001-";

/** `from` null is the beginning of time, `to` null goes on. */
export function Lanes(props: {
  lanes: LanePiece[][];
  label: string;
  /** No less of time is shown. */
  leastUs?: number;
  /** What a drag over the lanes chooses, over so much of time. */
  onRange?: (fromUs: number, toUs: number, shownUs: number) => void;
}) {
  const { label, onRange } = props;
  const lanes = props.lanes.map((pieces) =>
    pieces.map(openPiece).filter((piece) => !piece.to?.startsWith(BEGINNING)),
  );
  const dragged = useRef<number | null>(null);
  const times = lanes.flat().flatMap((piece) => [parseTime(piece.from ?? ""), parseTime(piece.to ?? "")]);
  const known = times.filter((us): us is number => us !== null);
  const now = Date.now() * 1000;
  const goesOn = !known.length || lanes.flat().some((piece) => piece.to === null);
  const last = Math.max(...known, goesOn ? now : Number.NEGATIVE_INFINITY);
  const first = Math.min(
    ...known,
    known.length ? Number.POSITIVE_INFINITY : now - HOUR,
    last - (props.leastUs ?? SECOND),
  );
  const air = (last - first) * 0.03;
  const place = (us: number | null, otherwise: number) =>
    ((us ?? otherwise) - (first - air)) / (last - first + 2 * air);
  const timeAt = (event: PointerEvent) => {
    const { left, width } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const share = Math.min(Math.max((event.clientX - left) / width, 0), 1);
    return first - air + share * (last - first + 2 * air);
  };
  const drag = {
    onPointerDown: (event: PointerEvent) => {
      dragged.current = timeAt(event);
    },
    onPointerUp: (event: PointerEvent) => {
      const [from, to] = [dragged.current, timeAt(event)];
      dragged.current = null;
      const shown = last - first + 2 * air;
      // A press that hardly moves is no drag.
      if (from !== null && Math.abs(to - from) > shown / 100) {
        onRange?.(Math.min(from, to), Math.max(from, to), shown);
      }
    },
  };
  return (
    <div>
      <ul class={`timeline ${onRange ? "chosen-by-hand" : ""}`} aria-label={label} {...(onRange ? drag : {})}>
        {lanes.map((pieces, lane) => (
          <li class="lane" key={pieces[0]?.key ?? lane}>
            {pieces.map((piece) => {
              const from = place(parseTime(piece.from ?? ""), first - air);
              const to = place(parseTime(piece.to ?? ""), last + air);
              const style = { left: `${from * 100}%`, width: `${(to - from) * 100}%` };
              const told = `${piece.text}: ${piece.from ?? "always"} to ${piece.to ?? "now"}`;
              return (
                <span key={piece.key} class={`piece ${piece.tone ?? ""}`} style={style} title={told}>
                  <PieceText piece={piece} />
                </span>
              );
            })}
          </li>
        ))}
      </ul>
      <div class="row spread muted">
        <Time at={first} />
        <Time at={last} />
      </div>
    </div>
  );
}

function PieceText({ piece }: { piece: LanePiece }) {
  if (piece.href) return <a href={piece.href}>{piece.text}</a>;
  if (!piece.onPress) return <>{piece.text}</>;
  return (
    <button type="button" class="bare" onClick={piece.onPress}>
      {piece.text}
    </button>
  );
}

function openPiece(piece: LanePiece): LanePiece {
  return piece.from?.startsWith(BEGINNING) ? { ...piece, from: null } : piece;
}
