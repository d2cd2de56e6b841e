/** Another secret for a webhook, and how long the one before signs as well. */

import { useState } from "preact/hooks";
import { api, ask } from "../../../api/client.ts";
import type { Webhook } from "../../../api/types.ts";
import { SelectField } from "../../../ui/forms/fields.tsx";
import { FormDialog } from "../../../ui/forms/forms.tsx";
import { useSending } from "../../../ui/requests/sending.ts";

const HOUR_S = 3600;
const OVERLAPS = [
  [String(HOUR_S), "an hour"],
  [String(24 * HOUR_S), "a day"],
  [String(7 * 24 * HOUR_S), "a week"],
  ["0", "not at all: it may be known to somebody"],
] as const;
type Overlap = (typeof OVERLAPS)[number][0];

export function NewSecret(props: {
  webhook: Webhook;
  onClose: () => void;
  onMade: (secret: string) => void;
}) {
  const [overlap, setOverlap] = useState<Overlap>(OVERLAPS[1][0]);
  const sending = useSending(
    async (key) =>
      ask(
        api.POST("/api/v1/webhooks/{webhook_id}:rotate-secret", {
          params: { path: { webhook_id: props.webhook.id }, header: { "idempotency-key": key } },
          body: { overlap_s: Number(overlap) },
        }),
      ),
    (made) => props.onMade(made.secret ?? ""),
  );
  return (
    <FormDialog
      title="A new secret for the webhook"
      verb="Make secret"
      sending={sending}
      onClose={props.onClose}
    >
      <p>
        Messages bear signatures of both secrets for a while, so that nothing is refused until{" "}
        {hostOf(props.webhook)} knows the new one.
      </p>
      <SelectField
        label="The secret before signs, too, for"
        value={overlap}
        choices={OVERLAPS}
        onChange={setOverlap}
      />
    </FormDialog>
  );
}

function hostOf(webhook: Webhook): string {
  return new URL(webhook.url).host;
}
