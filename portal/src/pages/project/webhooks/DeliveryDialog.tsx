/** One message of a webhook: how often it was tried, how long that took, and what the receiver said. */

import type { Delivery } from "../../../api/types.ts";
import { Button } from "../../../ui/buttons.tsx";
import { Dialog } from "../../../ui/dialogs.tsx";
import { Badge, Facts, Time, type Tone } from "../../../ui/facts.tsx";

const TONES: Record<Delivery["status"], Tone> = { waiting: "warn", delivered: "ok", failed: "bad" };

export function DeliveryStatus({ delivery }: { delivery: Delivery }) {
  return <Badge tone={TONES[delivery.status]}>{delivery.status}</Badge>;
}

export function DeliveryDialog(props: { delivery: Delivery; onRepeat: () => void; onClose: () => void }) {
  const { delivery } = props;
  const code = (text: string) => <code class="wraps">{text}</code>;
  return (
    <Dialog title={delivery.type ?? "Message"} onClose={props.onClose} isWide>
      <div class="stack">
        <Facts
          items={[
            ["State", <DeliveryStatus key="s" delivery={delivery} />],
            ["Event", delivery.event_id ? code(delivery.event_id) : "too old: it is not kept any more"],
            ["Made", <Time key="m" at={delivery.created_at} />],
            ["Attempts", String(delivery.attempts)],
            ["Last attempt", <Time key="l" at={delivery.last_attempt_at} />],
            ["It took", tookText(delivery)],
            ["Next attempt", <Time key="n" at={delivery.next_at} />],
            ["Status code", delivery.status_code === null ? "–" : String(delivery.status_code)],
            ...(delivery.failure ? [["Why it failed", delivery.failure] as [string, string]] : []),
          ]}
        />
        {delivery.answer && (
          <>
            <h3>What the receiver said</h3>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
            <section class="file-text" tabIndex={0} aria-label="What the receiver said">
              <pre>{delivery.answer}</pre>
            </section>
          </>
        )}
        <div class="actions">
          <Button onClick={props.onRepeat}>Send it again</Button>
        </div>
      </div>
    </Dialog>
  );
}

export function tookText(delivery: Delivery): string {
  return delivery.duration_ms === null ? "–" : `${Math.round(delivery.duration_ms)} ms`;
}
