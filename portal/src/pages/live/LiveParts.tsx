/** What stands about live plots. */

import { valueText } from "../../numbers.ts";
import { seriesVariable } from "../../plot/colours.ts";
import type { NamedLine } from "../../plot/Figure.tsx";
import { Button } from "../../ui/buttons.tsx";
import { Badge } from "../../ui/facts.tsx";
import { behindS, type Following, lateShown } from "./liveState.ts";

/** Whose plot it is, and its last value. */
export function LineHead({ line, error, isRaw }: { line: NamedLine; error: string | null; isRaw: boolean }) {
  const last = line.columns.last[line.columns.end - 1];
  const hasRow = line.columns.end > line.columns.start;
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
      <span class="big">
        {valueText(hasRow ? last : null)} <span class="muted">{line.unit}</span>
      </span>
    </div>
  );
}

/** How the stream fares. */
export function LiveBadges({ live, isPaused }: { live: Following; isPaused: boolean }) {
  const late = lateShown(live);
  const behind = behindS(live);
  const refusal = live.pictures.find((picture) => picture.refusal)?.refusal;
  return (
    <>
      {refusal && <Badge tone="bad">{refusal.detail}</Badge>}
      {late > 0 && <Badge tone="warn">{late} late readings</Badge>}
      {isPaused && <Badge tone="warn">paused</Badge>}
      {live.state === "open" && !isPaused && behind > 6 && (
        <Badge tone="warn">behind {behind.toFixed(0)} s</Badge>
      )}
      {live.state === "open" && !isPaused && behind <= 6 && <Badge tone="ok">live</Badge>}
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
