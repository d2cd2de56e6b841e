/** What became of a webhook's messages, and sending one again. */

import { useState } from "preact/hooks";
import { api, ask } from "../../../api/client.ts";
import type { Delivery, Webhook } from "../../../api/types.ts";
import { Button, Segments } from "../../../ui/buttons.tsx";
import { Dialog } from "../../../ui/dialogs.tsx";
import { Badge, Facts, Time } from "../../../ui/facts.tsx";
import { useList } from "../../../ui/lists/lists.ts";
import { Empty } from "../../../ui/notes.tsx";
import { ListTable } from "../../../ui/tables/table.tsx";
import { toast, toastProblem } from "../../../ui/toasts.tsx";
import { DeliveryDialog, DeliveryStatus, tookText } from "./DeliveryDialog.tsx";
import "../../../style/files.css";

const REFRESH_MS = 2000;
const CHOICES = [
  ["", "All"],
  ["waiting", "Waiting"],
  ["delivered", "Delivered"],
  ["failed", "Failed"],
] as const;

export interface WebhookActs {
  test: (hook: Webhook) => Promise<void>;
  turn: (hook: Webhook, enabled: boolean) => void;
  change: (hook: Webhook) => void;
  rotate: (hook: Webhook) => void;
  remove: (hook: Webhook) => void;
}

export function Deliveries(props: { webhook: Webhook; acts: WebhookActs; onClose: () => void }) {
  const { webhook, acts, onClose } = props;
  const [status, setStatus] = useState<(typeof CHOICES)[number][0]>("");
  const [openedId, setOpenedId] = useState<string | null>(null);
  const list = useList(
    `deliveries ${webhook.id} ${status}`,
    (cursor, signal) => {
      const query = { limit: 100, cursor, ...(status ? { status } : {}) };
      const params = { path: { webhook_id: webhook.id }, query };
      return ask(api.GET("/api/v1/webhooks/{webhook_id}/deliveries", { params, signal }));
    },
    REFRESH_MS,
  );
  const repeat = (delivery: Delivery) =>
    ask(
      api.POST("/api/v1/deliveries/{delivery_id}:redeliver", {
        params: { path: { delivery_id: delivery.id } },
      }),
    )
      .then(() => toast("It is sent again"))
      .catch(toastProblem)
      .then(() => list.again());
  const opened = list.known?.pages.flatMap((page) => page.items ?? []).find((each) => each.id === openedId);
  return (
    <Dialog title={`Messages to ${webhook.url}`} isWide onClose={onClose}>
      <div class="stack">
        <div class="row">
          <Button kind="primary" onClick={() => acts.test(webhook).then(() => list.again())}>
            Send a test
          </Button>
          <Button onClick={() => acts.turn(webhook, !webhook.enabled)}>
            {webhook.enabled ? "Switch off" : "Switch on"}
          </Button>
          <Button onClick={() => acts.change(webhook)}>Change</Button>
          <Button onClick={() => acts.rotate(webhook)}>New secret</Button>
          <Button kind="danger" onClick={() => acts.remove(webhook)}>
            Delete
          </Button>
        </div>
        <Standing webhook={webhook} />
        <Segments label="Which messages" value={status} choices={CHOICES} onChange={setStatus} />
        <ListTable
          label="Messages"
          list={list}
          keyOf={(delivery) => delivery.id}
          empty={<Empty title="No messages" />}
          columns={[
            { name: "When", least: 110, grow: 0, cell: (each) => <Time at={each.created_at} isAgo /> },
            { name: "Event", least: 130, cell: (each) => <code>{each.type ?? "not kept"}</code> },
            {
              name: "State",
              least: 90,
              grow: 0,
              cell: (each) => <DeliveryStatus delivery={each} />,
            },
            {
              name: "Answer",
              least: 130,
              grow: 2,
              isExtra: true,
              cell: (each) => <Answer delivery={each} />,
            },
            {
              name: "",
              least: 160,
              grow: 0,
              cell: (each) => (
                <div class="row nowrap-row">
                  <Button kind="quiet" onClick={() => setOpenedId(each.id)}>
                    Details
                  </Button>
                  <Button kind="quiet" onClick={() => repeat(each)}>
                    Repeat
                  </Button>
                </div>
              ),
            },
          ]}
        />
      </div>
      {opened && (
        <DeliveryDialog
          delivery={opened}
          onRepeat={() => repeat(opened).then(() => setOpenedId(null))}
          onClose={() => setOpenedId(null)}
        />
      )}
    </Dialog>
  );
}

/** What is not as usual with it, and whether its secret is being changed. */
function Standing({ webhook }: { webhook: Webhook }) {
  const { off_reason, failing_since, former_secret_until, concurrency } = webhook;
  const off = off_reason === "gone" ? "its address answered 410 Gone" : "it failed for five days";
  const items: [string, preact.ComponentChildren][] = [
    ["Hears of", webhook.types.join(", ") || "all events"],
    ["Order", concurrency === 1 ? "one after the other" : `${concurrency} at once, in no order`],
    ["Last success", <Time key="s" at={webhook.last_success_at} isAgo />],
  ];
  if (webhook.description) items.unshift(["Description", webhook.description]);
  if (off_reason)
    items.push([
      "Switched off",
      <Badge key="o" tone="bad">
        {off}
      </Badge>,
    ]);
  if (failing_since) items.push(["Failing since", <Time key="f" at={failing_since} />]);
  if (former_secret_until && Date.parse(former_secret_until) > Date.now())
    items.push(["Secret before signs until", <Time key="u" at={former_secret_until} />]);
  return <Facts items={items} />;
}

function Answer({ delivery }: { delivery: Delivery }) {
  if (!delivery.attempts) return <span class="muted">not tried yet</span>;
  const tries = delivery.attempts > 1 ? `, ${delivery.attempts} attempts` : "";
  const took = `${tookText(delivery)}${tries}`;
  return (
    <span title={delivery.answer ?? ""}>
      {delivery.failure ?? delivery.status_code} <span class="muted">{took}</span>
    </span>
  );
}
