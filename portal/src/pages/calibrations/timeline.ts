/** When versions hold, and what an activation makes of that. Pure. */

import { isoTime } from "../../times.ts";
import type { LanePiece } from "../../ui/Lanes.tsx";

/** An activation from here on takes all of the past; without a time it begins now. */
export const BEGINNING = "0001-01-01T00:00:00Z";

export interface HeldPiece {
  profile_id: string;
  number: number;
  valid_from: string | null;
  valid_to: string | null;
}

/** The times of an activation; null is open. */
export interface Holding {
  fromUs: number | null;
  toUs: number | null;
}

/** Whether a piece begins before anything that was ever measured. */
export function isFromTheBeginning(validFrom: string | null): boolean {
  return validFrom === null || validFrom.startsWith("0001-");
}

/** Without what ends before anything was ever measured. */
export function measured<Piece extends { valid_to: string | null }>(pieces: readonly Piece[]): Piece[] {
  return pieces.filter((piece) => !piece.valid_to?.startsWith("0001-"));
}

/** The lanes of the timeline: what holds today, and below what is to hold. */
export function lanesOf(pieces: readonly HeldPiece[], number: number, holding: Holding): LanePiece[][] {
  const today = pieces.map((piece) => ({
    key: `${piece.profile_id} ${piece.valid_from}`,
    from: isFromTheBeginning(piece.valid_from) ? null : piece.valid_from,
    to: piece.valid_to,
    text: `v${piece.number}`,
  }));
  const planned: LanePiece = {
    key: "planned",
    from: holding.fromUs === null ? null : isoTime(holding.fromUs),
    to: holding.toUs === null ? null : isoTime(holding.toUs),
    text: `v${number}`,
    tone: "ok",
  };
  return today.length ? [today, [planned]] : [[planned]];
}

/** The body of an activation. */
export function activationBody({ fromUs, toUs }: Holding): { valid_from: string; valid_to?: string } {
  return {
    valid_from: fromUs === null ? BEGINNING : isoTime(fromUs),
    ...(toUs === null ? {} : { valid_to: isoTime(toUs) }),
  };
}
