/** Whom the project tells of its events over HTTP: made, tried out, switched off, with the log of what was sent. */

import { useState } from "preact/hooks";
import { api, ask } from "../../../api/client.ts";
import type { Project, Webhook } from "../../../api/types.ts";
import { Button } from "../../../ui/buttons.tsx";
import { Badge, Time } from "../../../ui/facts.tsx";
import { Removal } from "../../../ui/forms/Removal.tsx";
import { useList } from "../../../ui/lists/lists.ts";
import { Empty } from "../../../ui/notes.tsx";
import { Panel } from "../../../ui/Page.tsx";
import { type Column, ListTable } from "../../../ui/tables/table.tsx";
import { toast, toastProblem } from "../../../ui/toasts.tsx";
import { ShownOnce } from "../ShownOnce.tsx";
import { Deliveries, type WebhookActs } from "./Deliveries.tsx";
import { NewSecret } from "./NewSecret.tsx";
import { WebhookForm } from "./WebhookForm.tsx";

const REFRESH_MS = 5000;

export function Webhooks({ project }: { project: Project }) {
  const [isNew, setNew] = useState(false);
  const [changed, setChanged] = useState<Webhook | null>(null);
  const [rotated, setRotated] = useState<Webhook | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const [doomed, setDoomed] = useState<Webhook | null>(null);
  const [openedId, setOpenedId] = useState<string | null>(null);
  const list = useList(
    `webhooks ${project.id}`,
    (cursor, signal) => {
      const params = { path: { project_id: project.id }, query: { limit: 100, cursor } };
      return ask(api.GET("/api/v1/projects/{project_id}/webhooks", { params, signal }));
    },
    REFRESH_MS,
  );
  const show = (made: string | null) => {
    setNew(false);
    setChanged(null);
    setRotated(null);
    if (made) setOpenedId(null);
    setSecret(made);
    list.again();
  };
  const act = (change: Promise<unknown>, done: string) =>
    change
      .then(() => toast(done))
      .catch(toastProblem)
      .then(() => list.again());
  const acts: WebhookActs = {
    test: (hook) =>
      act(
        ask(api.POST("/api/v1/webhooks/{webhook_id}:test", { params: pathOf(hook) })),
        "A test is on its way",
      ),
    turn: (hook, enabled) =>
      act(
        ask(api.PATCH("/api/v1/webhooks/{webhook_id}", { params: pathOf(hook), body: { enabled } })),
        enabled ? "The webhook is on" : "The webhook is off",
      ),
    change: setChanged,
    rotate: setRotated,
    remove: (hook) => {
      setOpenedId(null);
      setDoomed(hook);
    },
  };
  const opened = list.known?.pages.flatMap((page) => page.items ?? []).find((hook) => hook.id === openedId);
  return (
    <Panel
      title="Webhooks"
      isBare
      tools={
        <Button icon="plus" onClick={() => setNew(true)}>
          New webhook
        </Button>
      }
    >
      <ListTable
        label="Webhooks"
        list={list}
        keyOf={(hook) => hook.id}
        empty={
          <Empty title="No webhooks yet">
            <p>A webhook posts the project's events to an address of yours, signed.</p>
          </Empty>
        }
        columns={columnsOf(setOpenedId)}
      />
      {isNew && <WebhookForm project={project} webhook={null} onClose={() => setNew(false)} onDone={show} />}
      {opened && <Deliveries webhook={opened} acts={acts} onClose={() => setOpenedId(null)} />}
      {changed && (
        <WebhookForm project={project} webhook={changed} onClose={() => setChanged(null)} onDone={show} />
      )}
      {rotated && <NewSecret webhook={rotated} onClose={() => setRotated(null)} onMade={show} />}
      {doomed && (
        <Removal
          title="Delete the webhook?"
          remove={() => ask(api.DELETE("/api/v1/webhooks/{webhook_id}", { params: pathOf(doomed) }))}
          onDone={() => {
            toast("The webhook is deleted");
            list.again();
          }}
          onClose={() => setDoomed(null)}
        >
          {doomed.url} hears nothing any more, and the log of its messages goes.
        </Removal>
      )}
      {secret && <ShownOnce title="The webhook's secret" secret={secret} onClose={() => setSecret(null)} />}
    </Panel>
  );
}

function columnsOf(open: (id: string) => void): Column<Webhook>[] {
  return [
    {
      name: "Address",
      least: 200,
      grow: 3,
      cell: (hook) => <span title={hook.description}>{hook.url}</span>,
    },
    {
      name: "Events",
      least: 120,
      isExtra: true,
      cell: (hook) => hook.types.join(", ") || "all",
    },
    { name: "State", least: 110, grow: 0, cell: (hook) => <WebhookState hook={hook} /> },
    {
      name: "Last success",
      least: 120,
      grow: 0,
      isExtra: true,
      cell: (hook) => <Time at={hook.last_success_at} isAgo />,
    },
    {
      name: "",
      least: 80,
      grow: 0,
      cell: (hook) => (
        <div class="row nowrap-row">
          <Button kind="quiet" onClick={() => open(hook.id)}>
            Open
          </Button>
        </div>
      ),
    },
  ];
}

const OFF_TITLES = { failing: "It failed for five days", gone: "It answered 410 Gone" };

function WebhookState({ hook }: { hook: Webhook }) {
  if (!hook.enabled)
    return (
      <span title={hook.off_reason ? OFF_TITLES[hook.off_reason] : "Somebody has switched it off"}>
        <Badge tone={hook.off_reason ? "bad" : ""}>
          {hook.off_reason ? `off: ${hook.off_reason}` : "off"}
        </Badge>
      </span>
    );
  return hook.failing_since ? <Badge tone="warn">failing</Badge> : <Badge tone="ok">on</Badge>;
}

function pathOf(hook: Webhook) {
  return { path: { webhook_id: hook.id } };
}
