/** Rows under the overview: sessions, annotations, stretches that backfills have worked on; each leads to itself. */

import type { Period } from "../../../ranges.ts";
import { parseTime } from "../../../times.ts";
import { backfillPeriod, packed, sessionName, sessionPeriod } from "./around.ts";
import type { Surroundings } from "./surroundings.ts";

interface Piece extends Period {
  key: string;
  text: string;
  kind: "session" | "note" | "backfill";
  href?: string;
}

interface LanesProps {
  known: Surroundings | null;
  around: Period;
  nowUs: number;
  width: number;
  onRange: (fromUs: number, toUs: number, isDone: boolean) => void;
}

/** Wide enough for a finger, and apart from the next. */
const LEAST_PX: Record<Piece["kind"], number> = { session: 28, note: 110, backfill: 28 };
const MOST_ROWS = 3;

export function OverviewLanes({ known, around, nowUs, width, onRange }: LanesProps) {
  if (!known || width <= 0) return null;
  const kinds: [string, Piece[]][] = [
    ["Sessions", sessionPieces(known, nowUs)],
    ["Notes", notePieces(known)],
    ["Backfills", backfillPieces(known, around, nowUs)],
  ];
  const length = around.toUs - around.fromUs;
  return (
    <div class="lanes">
      {kinds.map(([name, pieces]) => {
        const leastUs = ((LEAST_PX[pieces[0]?.kind ?? "note"] ?? 28) / width) * length;
        const rows = packed(
          pieces.map((piece) => cutTo(piece, around, leastUs)),
          leastUs,
        );
        if (!rows.length) return null;
        const unseen = rows.slice(MOST_ROWS).flat().length;
        return (
          <div key={name} class="kind">
            <span class="muted name">
              {name}
              {unseen > 0 && ` +${unseen}`}
            </span>
            <ul class="timeline" aria-label={`${name} around the window`}>
              {rows.slice(0, MOST_ROWS).map((row) => (
                <li class="lane" key={row[0]?.key}>
                  {row.map((piece) => (
                    <PieceLink key={piece.key} piece={piece} around={around} onRange={onRange} />
                  ))}
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </div>
  );
}

/** What is drawn of a piece; where it leads stays whole. */
type DrawnPiece = Piece & { whole: Period };

/** Inside the strip, and no narrower than a finger. */
function cutTo(piece: Piece, around: Period, leastUs: number): DrawnPiece {
  const fromUs = Math.min(Math.max(piece.fromUs, around.fromUs), around.toUs - leastUs);
  const toUs = Math.max(Math.min(piece.toUs, around.toUs), fromUs + leastUs);
  return { ...piece, fromUs, toUs, whole: { fromUs: piece.fromUs, toUs: piece.toUs } };
}

function PieceLink(props: { piece: DrawnPiece; around: Period; onRange: LanesProps["onRange"] }) {
  const { piece, around, onRange } = props;
  const length = around.toUs - around.fromUs;
  const style = {
    left: `${((piece.fromUs - around.fromUs) / length) * 100}%`,
    width: `calc(${((piece.toUs - piece.fromUs) / length) * 100}% - 2px)`,
  };
  if (piece.href)
    return (
      <a class={`piece ${piece.kind}`} style={style} href={piece.href} title={piece.text}>
        {piece.text}
      </a>
    );
  const { fromUs, toUs } = piece.whole;
  const air = Math.max((toUs - fromUs) * 0.05, toUs > fromUs ? 10 : length / 200);
  return (
    <button
      type="button"
      class={`piece ${piece.kind} ${toUs > fromUs ? "" : "moment"}`}
      style={style}
      title={`${piece.text}: show it`}
      onClick={() => onRange(fromUs - air, toUs + air, true)}
    >
      {piece.text}
    </button>
  );
}

function sessionPieces({ sessions }: Surroundings, nowUs: number): Piece[] {
  return sessions.map((each) => ({
    key: each.id,
    text: sessionName(each),
    kind: "session",
    ...sessionPeriod(each, nowUs),
  }));
}

function notePieces({ notes }: Surroundings): Piece[] {
  return notes.map((each) => {
    const fromUs = parseTime(each.from) ?? 0;
    return {
      key: each.id,
      text: each.text,
      kind: "note",
      fromUs,
      toUs: parseTime(each.to ?? "") ?? fromUs,
    };
  });
}

function backfillPieces({ backfills, sessions }: Surroundings, around: Period, nowUs: number): Piece[] {
  return backfills.flatMap((each): Piece[] => {
    const period = backfillPeriod(each, sessions, around, nowUs);
    const text = `${each.reason} (${each.status})`;
    return period ? [{ key: each.id, text, kind: "backfill", href: `/backfills/${each.id}`, ...period }] : [];
  });
}
