/** Small facts: times, states, names with their value. */

import { type ComponentChildren, Fragment } from "preact";
import { zone } from "../settings.ts";
import { agoText, isoTime, parseTime, timeText } from "../times.ts";

export type Tone = "ok" | "warn" | "bad" | "info" | "";

/** A moment, with its zone; in full as a title. */
export function Time({ at, isAgo }: { at: string | number | null | undefined; isAgo?: boolean }) {
  const us = typeof at === "string" ? parseTime(at) : at;
  if (us === null || us === undefined) return <span class="muted">–</span>;
  const full = timeText(us, zone.value);
  return (
    <time dateTime={isoTime(us)} title={timeText(us, zone.value, 6)} class="nowrap">
      {isAgo ? agoText(us, Date.now() * 1000) : full}
    </time>
  );
}

/** A key or a name: it breaks behind its separators, and within a word only where that alone is too long. */
export function Breakable({ text }: { text: string }) {
  return text.split(/(?<=[/._:-])(?=[^/._:-])/).map((part, place) => (
    <Fragment key={place}>
      {place > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}

export function Badge({ children, tone = "" }: { children: ComponentChildren; tone?: Tone }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

const STATUS_TONES: Record<string, Tone> = {
  running: "info",
  registering: "info",
  planned: "info",
  uploading: "info",
  ready: "info",
  backfilling: "warn",
  paused: "warn",
  undoing: "warn",
  undone: "warn",
  delayed: "warn",
  active: "ok",
  online: "ok",
  succeeded: "ok",
  finished: "ok",
  connected: "ok",
  failed: "bad",
  approved: "ok",
  rejected: "bad",
  damaged: "bad",
};

export function Status({ status }: { status: string }) {
  return <Badge tone={STATUS_TONES[status] ?? ""}>{status}</Badge>;
}

/** A sensor's connection by form, colour and word: full, half, hollow. */
export function ConnectionDot({ connection, hasWord }: { connection: string; hasWord?: boolean }) {
  const tone = connection === "online" ? "ok" : connection === "delayed" ? "warn" : "";
  return (
    <span class="row nowrap" style="gap: 6px; flex-wrap: nowrap" title={connection}>
      <span class={`dot ${tone}`} aria-hidden="true" />
      <span class={hasWord ? "" : "hidden-text"}>{connection}</span>
    </span>
  );
}

export function Facts({ items }: { items: [string, ComponentChildren][] }) {
  return (
    <dl class="facts">
      {items.map(([name, value]) => (
        <>
          <dt>{name}</dt>
          <dd>{value ?? "–"}</dd>
        </>
      ))}
    </dl>
  );
}

export function Tags({ tags }: { tags: string[] | undefined }) {
  return (
    <span class="row" style="gap: 4px">
      {tags?.map((tag) => (
        <Badge key={tag}>{tag}</Badge>
      ))}
    </span>
  );
}

export function Meter({ share, label, tone = "" }: { share: number; label: string; tone?: Tone }) {
  const percent = Math.round(Math.min(Math.max(share, 0), 1) * 100);
  return (
    <div
      class={`meter ${tone}`}
      role="progressbar"
      aria-label={label}
      aria-valuenow={percent}
      aria-valuemin={0}
      aria-valuemax={100}
    >
      <div style={{ width: `${percent}%` }} />
    </div>
  );
}
