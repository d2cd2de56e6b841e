/** What gateways log in by: made, rotated, revoked at once. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { IngestToken, Project } from "../../api/types.ts";
import { RoleButton } from "../../ui/buttons.tsx";
import { Time } from "../../ui/facts.tsx";
import { TextField } from "../../ui/forms/fields.tsx";
import { FormDialog, tagsOf } from "../../ui/forms/forms.tsx";
import { useList } from "../../ui/lists/lists.ts";
import { useSending } from "../../ui/requests/sending.ts";
import type { Column } from "../../ui/tables/table.tsx";
import { toastProblem } from "../../ui/toasts.tsx";
import { End, Secrets, Validity } from "./Secrets.tsx";

export function Tokens({ project }: { project: Project }) {
  const list = useList(`tokens ${project.id}`, (cursor, signal) => {
    const params = { path: { project_id: project.id }, query: { limit: 100, cursor } };
    return ask(api.GET("/api/v1/projects/{project_id}/ingest-tokens", { params, signal }));
  });
  const rotate = (token: IngestToken, show: (secret: string) => void) =>
    ask(
      api.POST("/api/v1/ingest-tokens/{token_id}:rotate", {
        params: { path: { token_id: token.id } },
        body: {},
      }),
    )
      .then((made) => show(made.token ?? ""))
      .catch((error) => {
        toastProblem(error);
        list.again();
      });
  return (
    <Secrets
      title="Gateway tokens"
      noun="token"
      least="editor"
      list={list}
      columns={(show, askToRevoke) => columnsOf((token) => rotate(token, show), askToRevoke)}
      revoke={(token) =>
        ask(api.DELETE("/api/v1/ingest-tokens/{token_id}", { params: { path: { token_id: token.id } } }))
      }
      purpose="A gateway logs in by a token. Connect a gateway makes one, too."
      consequence="Gateways that use it are cut off at once."
      form={(onClose, onMade) => <NewToken project={project} onClose={onClose} onMade={onMade} />}
    />
  );
}

function columnsOf(
  rotate: (token: IngestToken) => void,
  revoke: (token: IngestToken) => void,
): Column<IngestToken>[] {
  return [
    { name: "Name", least: 140, cell: (token) => token.name },
    { name: "Gateways", least: 130, cell: (token) => token.producers?.join(", ") ?? "any" },
    { name: "Until", least: 214, grow: 0, isExtra: true, cell: (token) => <End at={token.expires_at} /> },
    {
      name: "State",
      least: 80,
      grow: 0,
      cell: (token) => <Validity isValid={token.is_valid} otherwise="over" />,
    },
    {
      name: "Made",
      least: 120,
      grow: 0,
      isExtra: true,
      cell: (token) => <Time at={token.created_at} isAgo />,
    },
    {
      name: "",
      least: 190,
      cell: (token) =>
        token.is_valid && (
          <div class="row nowrap-row">
            <RoleButton least="editor" kind="quiet" onClick={() => rotate(token)}>
              Rotate
            </RoleButton>
            <RoleButton least="editor" kind="danger" onClick={() => revoke(token)}>
              Revoke
            </RoleButton>
          </div>
        ),
    },
  ];
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
