/** Log-ins of scripts: with a role of their own, and an end. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { Project, Role } from "../../api/types.ts";
import { RoleButton } from "../../ui/buttons.tsx";
import { Badge, Time } from "../../ui/facts.tsx";
import { SelectField, TextField } from "../../ui/fields.tsx";
import { FormDialog } from "../../ui/forms.tsx";
import { useList } from "../../ui/lists.ts";
import { Empty } from "../../ui/notes.tsx";
import { Panel } from "../../ui/Page.tsx";
import { useSending } from "../../ui/sending.ts";
import { ListTable } from "../../ui/table.tsx";
import { toast, toastProblem } from "../../ui/toasts.tsx";
import { ShownOnce } from "./ShownOnce.tsx";

export function ServiceAccounts({ project }: { project: Project }) {
  const [isNew, setNew] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const list = useList(`services ${project.id}`, (cursor, signal) => {
    const query = { project_id: project.id, limit: 100, cursor };
    return ask(api.GET("/api/v1/service-accounts", { params: { query }, signal }));
  });
  const revoke = (id: string, name: string) =>
    ask(
      api.DELETE("/api/v1/service-accounts/{service_account_id}", {
        params: { path: { service_account_id: id } },
      }),
    )
      .then(() => toast(`${name} is revoked`))
      .catch(toastProblem)
      .then(list.again);
  return (
    <Panel
      title="Service accounts"
      isBare
      tools={
        <RoleButton least="owner" icon="plus" onClick={() => setNew(true)}>
          New service account
        </RoleButton>
      }
    >
      <ListTable
        label="Service accounts"
        list={list}
        keyOf={(each) => each.id}
        empty={<Empty title="No service accounts yet" />}
        columns={[
          { name: "Name", cell: (each) => each.name },
          { name: "Role", cell: (each) => each.role },
          { name: "Until", cell: (each) => (each.expires_at ? <Time at={each.expires_at} /> : "no end") },
          {
            name: "State",
            cell: (each) => (each.revoked_at ? <Badge>revoked</Badge> : <Badge tone="ok">valid</Badge>),
          },
          {
            name: "",
            cell: (each) =>
              !each.revoked_at && (
                <RoleButton least="owner" kind="danger" onClick={() => revoke(each.id, each.name)}>
                  Revoke
                </RoleButton>
              ),
          },
        ]}
      />
      {isNew && (
        <NewServiceAccount
          project={project}
          onClose={() => setNew(false)}
          onMade={(made) => {
            setNew(false);
            setSecret(made);
            list.again();
          }}
        />
      )}
      {secret && (
        <ShownOnce title="The service account's token" secret={secret} onClose={() => setSecret(null)} />
      )}
    </Panel>
  );
}

function NewServiceAccount(props: {
  project: Project;
  onClose: () => void;
  onMade: (token: string) => void;
}) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const sending = useSending(
    async (key) =>
      ask(
        api.POST("/api/v1/service-accounts", {
          params: { header: { "idempotency-key": key } },
          body: { project_id: props.project.id, name, role },
        }),
      ),
    (made) => props.onMade(made.token ?? ""),
  );
  return (
    <FormDialog title="New service account" verb="Make it" sending={sending} onClose={props.onClose}>
      <TextField
        label="Name"
        isRequired
        value={name}
        onInput={setName}
        fault={sending.problem?.faultOf("/name") ?? null}
      />
      <SelectField
        label="Role"
        value={role}
        choices={[
          ["viewer", "viewer"],
          ["editor", "editor"],
          ["owner", "owner"],
        ]}
        onChange={setRole}
      />
    </FormDialog>
  );
}
