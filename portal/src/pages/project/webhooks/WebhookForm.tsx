/** A webhook's address and what it hears of: a new one, or one that is changed. */

import { api, ask } from "../../../api/client.ts";
import type { Project, Webhook } from "../../../api/types.ts";
import { ConflictNote, useEditing } from "../../../ui/forms/editing.tsx";
import { CheckField, TextField } from "../../../ui/forms/fields.tsx";
import { FormDialog, tagsOf } from "../../../ui/forms/forms.tsx";

const MOST_AT_ONCE = 4;

interface Typed {
  url: string;
  types: string;
  description: string;
  isInOrder: boolean;
}

export function WebhookForm(props: {
  project: Project;
  /** Null: a new one. */
  webhook: Webhook | null;
  onClose: () => void;
  /** With the secret of a new one. */
  onDone: (secret: string | null) => void;
}) {
  const { webhook, onClose } = props;
  const { typed, set, sending, conflict } = useEditing<Webhook & { secret?: string | null }, Typed>({
    item: webhook,
    typedOf: (item) => ({
      url: item?.url ?? "",
      types: item?.types.join(", ") ?? "",
      description: item?.description ?? "",
      isInOrder: (item?.concurrency ?? 1) === 1,
    }),
    told: (fields) => [
      ["Address", fields.url],
      ["Events", tagsOf(fields.types).join(", ")],
      ["Description", fields.description],
      ["In order", fields.isInOrder ? "yes" : "no"],
    ],
    read: async () =>
      ask(api.GET("/api/v1/webhooks/{webhook_id}", { params: { path: { webhook_id: webhook?.id ?? "" } } })),
    write: async (fields, { etag, key }) => {
      const body = {
        url: fields.url,
        types: tagsOf(fields.types),
        description: fields.description,
        concurrency: concurrencyOf(fields, webhook),
      };
      if (webhook) {
        const params = { path: { webhook_id: webhook.id }, header: { "if-match": etag } };
        return ask(api.PATCH("/api/v1/webhooks/{webhook_id}", { params, body }));
      }
      const params = { path: { project_id: props.project.id }, header: { "idempotency-key": key } };
      return ask(api.POST("/api/v1/projects/{project_id}/webhooks", { params, body }));
    },
    onDone: (made) => props.onDone(made.secret ?? null),
  });
  return (
    <FormDialog
      title={webhook ? "Change the webhook" : "New webhook"}
      verb={webhook ? "Save" : "Make webhook"}
      sending={sending}
      onClose={onClose}
    >
      <TextField
        label="Address"
        hint="https://… Each event is posted there"
        isRequired
        value={typed.url}
        onInput={(url) => set({ url })}
        fault={sending.problem?.faultOf("/url") ?? null}
      />
      <TextField
        label="Events"
        hint="Such as run.*, alarm.raised, parted by commas. Empty: all"
        value={typed.types}
        onInput={(types) => set({ types })}
        fault={sending.problem?.faultIn("/types") ?? null}
      />
      <TextField
        label="Description"
        value={typed.description}
        onInput={(description) => set({ description })}
        fault={sending.problem?.faultOf("/description") ?? null}
      />
      <CheckField
        label="In order: one that fails holds the next ones up"
        value={typed.isInOrder}
        onChange={(isInOrder) => set({ isInOrder })}
      />
      <ConflictNote conflict={conflict} />
    </FormDialog>
  );
}

/** One that goes out of order already keeps how many are on their way at once. */
function concurrencyOf(typed: Typed, webhook: Webhook | null): number {
  if (typed.isInOrder) return 1;
  return webhook && webhook.concurrency > 1 ? webhook.concurrency : MOST_AT_ONCE;
}
