/** What stands about live plots. */

import { valueText } from "../../numbers.ts";
import { seriesVariable } from "../../plot/colours.ts";
import type { NamedLine } from "../../plot/Figure.tsx";
import { agoText, durationText, SECOND } from "../../times.ts";
import { Button } from "../../ui/buttons.tsx";

import { Badge } from "../../ui/facts.tsx";
import { behindS, type Following, lateShown, STALE_S } from "./liveState.ts";

/** An older value is not what is measured now. */
const OLD_S = 10;

/** Whose plot it is, and its last value. */
export function LineHead(props: { line: NamedLine; error: string | null; isRaw: boolean; nowUs: number }) {
  const { line, error, isRaw } = props;
  return (
    <div class="line-head">
      <span class="swatch" style={{ background: seriesVariable(line.colour) }} />
      <a href={`/sensors/${line.id}`} class="cut">
        {line.name}
      </a>
      {isRaw && (
        <a href={`/calibrations/${line.id}`} class="badge warn">
          raw
        </a>
      )}
      {error && (
        <Badge tone="bad">
          {error === "forbidden" ? "your role shows physical values only" : "not there"}
        </Badge>
      )}
      <LastOfLine line={line} nowUs={props.nowUs} />
    </div>
  );
}

/** The last value, and its age once it is no longer what is measured now. */
export function LastOfLine({ line: { columns, unit }, nowUs }: { line: NamedLine; nowUs: number }) {
  const row = columns.end - 1;
  const atUs = columns.end > columns.start ? (columns.tUs[row] ?? nowUs) : nowUs;
  const isOld = nowUs - atUs > OLD_S * SECOND;
  return (
    <span class={`big ${isOld ? "muted" : ""}`}>
      {isOld && <small>{agoText(atUs, nowUs)} </small>}
      {valueText(columns.end > columns.start ? columns.last[row] : null)} <span class="muted">{unit}</span>
    </span>
  );
}

export function Behind({ live }: { live: Following }) {
  return <Badge tone="warn">behind {durationText(Math.round(behindS(live)) * SECOND)}</Badge>;
}

/** How the stream fares. */
export function LiveBadges({ live, isPaused }: { live: Following; isPaused: boolean }) {
  const late = lateShown(live);
  const isBehind = behindS(live) > STALE_S;
  const refusal = live.pictures.find((picture) => picture.refusal)?.refusal;
  return (
    <>
      {refusal && <Badge tone="bad">{refusal.detail}</Badge>}
      {late > 0 && <Badge tone="warn">{late} late readings</Badge>}
      {isPaused && <Badge tone="warn">paused</Badge>}
      {!isPaused && isBehind && <Behind live={live} />}
      {live.state === "open" && !isPaused && !isBehind && <Badge tone="ok">live</Badge>}
      {live.state === "connecting" && <Badge>connecting…</Badge>}
      {(live.state === "waiting" || live.state === "ended") && (
        <span role="alert" class="row">
          <Badge tone="bad">{live.why}</Badge>
          <Button kind="quiet" icon="refresh" label="Connect now" onClick={live.reconnect} />
        </span>
      )}
    </>
  );
}
