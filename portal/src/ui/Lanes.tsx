/** Pieces of time in a lane, from the first to the last or to now. */

import { HOUR, parseTime, SECOND } from "../times.ts";
import { Time } from "./facts.tsx";

export interface LanePiece {
  key: string;
  from: string | null;
  to: string | null;
  text: string;
  tone?: "ok" | "bad" | "";
  href?: string;
}

/** `from` null is the beginning of time, `to` null goes on. */
export function Lanes({ lanes, label }: { lanes: LanePiece[][]; label: string }) {
  const times = lanes.flat().flatMap((piece) => [parseTime(piece.from ?? ""), parseTime(piece.to ?? "")]);
  const known = times.filter((us): us is number => us !== null);
  const now = Date.now() * 1000;
  const goesOn = !known.length || lanes.flat().some((piece) => piece.to === null);
  const last = Math.max(...known, goesOn ? now : Number.NEGATIVE_INFINITY);
  const first = Math.min(...known, known.length ? Number.POSITIVE_INFINITY : now - HOUR, last - SECOND);
  const air = (last - first) * 0.03;
  const place = (us: number | null, otherwise: number) =>
    ((us ?? otherwise) - (first - air)) / (last - first + 2 * air);
  return (
    <div>
      <ul class="timeline" aria-label={label} style="list-style: none">
        {lanes.map((pieces, lane) => (
          <li class="lane" key={pieces[0]?.key ?? lane}>
            {pieces.map((piece) => {
              const from = place(parseTime(piece.from ?? ""), first - air);
              const to = place(parseTime(piece.to ?? ""), last + air);
              const style = { left: `${from * 100}%`, width: `${(to - from) * 100}%` };
              const told = `${piece.text}: ${piece.from ?? "always"} to ${piece.to ?? "now"}`;
              return (
                <span key={piece.key} class={`piece ${piece.tone ?? ""}`} style={style} title={told}>
                  {piece.href ? <a href={piece.href}>{piece.text}</a> : piece.text}
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
