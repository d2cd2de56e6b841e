/** Log-ins of scripts: with a role of their own, and an end. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { Project, Role, Schemas } from "../../api/types.ts";
import { RoleButton } from "../../ui/buttons.tsx";
import { SelectField, TextField } from "../../ui/forms/fields.tsx";
import { FormDialog } from "../../ui/forms/forms.tsx";
import { useList } from "../../ui/lists/lists.ts";
import { useSending } from "../../ui/requests/sending.ts";
import type { Column } from "../../ui/tables/table.tsx";
import { End, Secrets, Validity } from "./Secrets.tsx";

type ServiceAccount = Schemas["ServiceAccount"];

export function ServiceAccounts({ project }: { project: Project }) {
  const list = useList(`services ${project.id}`, (cursor, signal) => {
    const query = { project_id: project.id, limit: 100, cursor };
    return ask(api.GET("/api/v1/service-accounts", { params: { query }, signal }));
  });
  return (
    <Secrets
      title="Service accounts"
      noun="service account"
      least="owner"
      list={list}
      columns={(_, askToRevoke) => columnsOf(askToRevoke)}
      revoke={(each) =>
        ask(
          api.DELETE("/api/v1/service-accounts/{service_account_id}", {
            params: { path: { service_account_id: each.id } },
          }),
        )
      }
      purpose="A script or a CI job logs in by one, as itself and with a role of its own."
      consequence="Scripts that use it are refused from now on."
      form={(onClose, onMade) => <NewServiceAccount project={project} onClose={onClose} onMade={onMade} />}
    />
  );
}

function columnsOf(revoke: (each: ServiceAccount) => void): Column<ServiceAccount>[] {
  return [
    { name: "Name", least: 140, cell: (each) => each.name },
    { name: "Role", least: 90, grow: 0, cell: (each) => each.role },
    { name: "Until", least: 214, grow: 0, cell: (each) => <End at={each.expires_at} /> },
    {
      name: "State",
      least: 90,
      grow: 0,
      cell: (each) => <Validity isValid={!each.revoked_at} otherwise="revoked" />,
    },
    {
      name: "",
      least: 104,
      cell: (each) =>
        !each.revoked_at && (
          <RoleButton least="owner" kind="danger" onClick={() => revoke(each)}>
            Revoke
          </RoleButton>
        ),
    },
  ];
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
