/** Says how old what is shown is, until it is fresh. */

import { useEffect, useState } from "preact/hooks";
import { zone } from "../../settings.ts";
import { agoText, timeText } from "../../times.ts";
import { overdueSince } from "../../waking.ts";

export function AgeNote() {
  const sinceMs = overdueSince.value;
  const [, setTick] = useState(0);
  useEffect(() => {
    if (sinceMs === null) return;
    const timer = setInterval(() => setTick((last) => last + 1), 1000);
    return () => clearInterval(timer);
  }, [sinceMs]);
  return (
    <div class="age-note" role="status">
      {sinceMs !== null && (
        <span class="note warn" title={timeText(sinceMs * 1000, zone.value)}>
          Shown as it was {agoText(sinceMs * 1000, Date.now() * 1000)}. Asking again…
        </span>
      )}
    </div>
  );
}
