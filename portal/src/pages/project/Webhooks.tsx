/** Whom the project tells of its events over HTTP: made, tried out, switched off, with the log of what was sent. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { Project, Webhook } from "../../api/types.ts";
import { Button } from "../../ui/buttons.tsx";
import { Confirm } from "../../ui/dialogs.tsx";
import { Badge, Time } from "../../ui/facts.tsx";
import { CheckField, TextField } from "../../ui/fields.tsx";
import { FormDialog, tagsOf } from "../../ui/forms.tsx";
import { useList } from "../../ui/lists.ts";
import { Empty } from "../../ui/notes.tsx";
import { Panel } from "../../ui/Page.tsx";
import { useSending } from "../../ui/sending.ts";
import { type Column, ListTable } from "../../ui/table.tsx";
import { toast, toastProblem } from "../../ui/toasts.tsx";
import { Deliveries, type WebhookActs } from "./Deliveries.tsx";
import { ShownOnce } from "./ShownOnce.tsx";

const REFRESH_MS = 5000;
const MOST_AT_ONCE = 4;

export function Webhooks({ project }: { project: Project }) {
  const [isNew, setNew] = useState(false);
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
  const show = (made: string) => {
    setNew(false);
    setOpenedId(null);
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
    rotate: (hook) =>
      ask(
        api.POST("/api/v1/webhooks/{webhook_id}:rotate-secret", {
          params: pathOf(hook),
          body: { overlap_s: 86_400 },
        }),
      )
        .then((made) => show(made.secret ?? ""))
        .catch(toastProblem),
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
      {isNew && <NewWebhook project={project} onClose={() => setNew(false)} onMade={show} />}
      {opened && <Deliveries webhook={opened} acts={acts} onClose={() => setOpenedId(null)} />}
      {doomed && (
        <Confirm
          title="Delete the webhook?"
          verb="Delete"
          onConfirm={() =>
            act(
              ask(api.DELETE("/api/v1/webhooks/{webhook_id}", { params: pathOf(doomed) })),
              "The webhook is deleted",
            ).then(() => setDoomed(null))
          }
          onClose={() => setDoomed(null)}
        >
          {doomed.url} hears nothing any more, and the log of its messages goes.
        </Confirm>
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

function NewWebhook(props: { project: Project; onClose: () => void; onMade: (secret: string) => void }) {
  const [url, setUrl] = useState("");
  const [types, setTypes] = useState("");
  const [description, setDescription] = useState("");
  const [isInOrder, setInOrder] = useState(true);
  const sending = useSending(
    async (key) =>
      ask(
        api.POST("/api/v1/projects/{project_id}/webhooks", {
          params: { path: { project_id: props.project.id }, header: { "idempotency-key": key } },
          body: { url, types: tagsOf(types), description, concurrency: isInOrder ? 1 : MOST_AT_ONCE },
        }),
      ),
    (made) => props.onMade(made.secret ?? ""),
  );
  return (
    <FormDialog title="New webhook" verb="Make webhook" sending={sending} onClose={props.onClose}>
      <TextField
        label="Address"
        hint="https://… Each event is posted there"
        isRequired
        value={url}
        onInput={setUrl}
        fault={sending.problem?.faultOf("/url") ?? null}
      />
      <TextField
        label="Events"
        hint="Such as run.*, alarm.raised, parted by commas. Empty: all"
        value={types}
        onInput={setTypes}
        fault={sending.problem?.faultIn("/types") ?? null}
      />
      <TextField
        label="Description"
        value={description}
        onInput={setDescription}
        fault={sending.problem?.faultOf("/description") ?? null}
      />
      <CheckField
        label="In order: one that fails holds the next ones up"
        value={isInOrder}
        onChange={setInOrder}
      />
    </FormDialog>
  );
}

function pathOf(hook: Webhook) {
  return { path: { webhook_id: hook.id } };
}
