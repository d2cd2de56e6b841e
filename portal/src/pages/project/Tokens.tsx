/** What gateways log in by: made, rotated, revoked at once. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { IngestToken, Project } from "../../api/types.ts";
import { RoleButton } from "../../ui/buttons.tsx";
import { Confirm } from "../../ui/dialogs.tsx";
import { Badge, Time } from "../../ui/facts.tsx";
import { TextField } from "../../ui/fields.tsx";
import { FormDialog, tagsOf } from "../../ui/forms.tsx";
import { useList } from "../../ui/lists.ts";
import { Empty } from "../../ui/notes.tsx";
import { Panel } from "../../ui/Page.tsx";
import { useSending } from "../../ui/sending.ts";
import { ListTable } from "../../ui/table.tsx";
import { toast, toastProblem } from "../../ui/toasts.tsx";
import { ShownOnce } from "./ShownOnce.tsx";

export function Tokens({ project }: { project: Project }) {
  const [isNew, setNew] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const [revoked, setRevoked] = useState<IngestToken | null>(null);
  const list = useList(`tokens ${project.id}`, (cursor, signal) => {
    const params = { path: { project_id: project.id }, query: { limit: 100, cursor } };
    return ask(api.GET("/api/v1/projects/{project_id}/ingest-tokens", { params, signal }));
  });
  const rotate = (token: IngestToken) =>
    ask(
      api.POST("/api/v1/ingest-tokens/{token_id}:rotate", {
        params: { path: { token_id: token.id } },
        body: {},
      }),
    )
      .then((made) => setSecret(made.token ?? null))
      .catch(toastProblem)
      .then(list.again);
  const revoke = (token: IngestToken) =>
    ask(api.DELETE("/api/v1/ingest-tokens/{token_id}", { params: { path: { token_id: token.id } } }))
      .then(() => toast(`${token.name} is revoked`))
      .catch(toastProblem)
      .then(list.again);
  return (
    <Panel
      title="Gateway tokens"
      isBare
      tools={
        <RoleButton least="editor" icon="plus" onClick={() => setNew(true)}>
          New token
        </RoleButton>
      }
    >
      <ListTable
        label="Gateway tokens"
        list={list}
        keyOf={(token) => token.id}
        empty={<Empty title="No tokens yet" />}
        columns={[
          { name: "Name", cell: (token) => token.name },
          { name: "Gateways", cell: (token) => token.producers?.join(", ") ?? "any" },
          {
            name: "Until",
            isExtra: true,
            cell: (token) => (token.expires_at ? <Time at={token.expires_at} /> : "no end"),
          },
          {
            name: "State",
            cell: (token) => (token.is_valid ? <Badge tone="ok">valid</Badge> : <Badge>over</Badge>),
          },
          { name: "Made", isExtra: true, cell: (token) => <Time at={token.created_at} isAgo /> },
          {
            name: "",
            cell: (token) =>
              token.is_valid && (
                <div class="row" style="flex-wrap: nowrap">
                  <RoleButton least="editor" kind="quiet" onClick={() => rotate(token)}>
                    Rotate
                  </RoleButton>
                  <RoleButton least="editor" kind="danger" onClick={() => setRevoked(token)}>
                    Revoke
                  </RoleButton>
                </div>
              ),
          },
        ]}
      />
      {isNew && (
        <NewToken
          project={project}
          onClose={() => setNew(false)}
          onMade={(made) => {
            setNew(false);
            setSecret(made);
            list.again();
          }}
        />
      )}
      {revoked && (
        <Confirm
          title={`Revoke ${revoked.name}?`}
          verb="Revoke"
          onConfirm={() => revoke(revoked).then(() => setRevoked(null))}
          onClose={() => setRevoked(null)}
        >
          Gateways that use it are cut off at once.
        </Confirm>
      )}
      {secret && <ShownOnce title="The token" secret={secret} onClose={() => setSecret(null)} />}
    </Panel>
  );
}

function NewToken(props: { project: Project; onClose: () => void; onMade: (token: string) => void }) {
  const [name, setName] = useState("");
  const [producers, setProducers] = useState("");
  const sending = useSending(
    async (key) =>
      ask(
        api.POST("/api/v1/projects/{project_id}/ingest-tokens", {
          params: { path: { project_id: props.project.id }, header: { "idempotency-key": key } },
          body: { name, ...(producers ? { producers: tagsOf(producers) } : {}) },
        }),
      ),
    (made) => props.onMade(made.token ?? ""),
  );
  return (
    <FormDialog title="New token" verb="Make token" sending={sending} onClose={props.onClose}>
      <TextField
        label="Name"
        isRequired
        value={name}
        onInput={setName}
        fault={sending.problem?.faultOf("/name") ?? null}
      />
      <TextField
        label="Gateways that may use it"
        hint="Names or patterns such as rig-7/*, parted by commas. Empty: any"
        value={producers}
        onInput={setProducers}
        fault={sending.problem?.faultIn("/producers") ?? null}
      />
    </FormDialog>
  );
}
