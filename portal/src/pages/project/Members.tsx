/** Who is in the project, in which role; inviting others. */

import { useState } from "preact/hooks";
import { api, ask, etagOf } from "../../api/client.ts";
import type { Member, Project, Role } from "../../api/types.ts";
import { account, readProjects, refusedFor } from "../../session.ts";
import { Button, RoleButton } from "../../ui/buttons.tsx";
import { Badge, Time } from "../../ui/facts.tsx";
import { SelectField, TextField } from "../../ui/forms/fields.tsx";
import { FormDialog } from "../../ui/forms/forms.tsx";
import { Removal } from "../../ui/forms/Removal.tsx";
import { useList } from "../../ui/lists/lists.ts";
import { Empty } from "../../ui/notes.tsx";
import { Panel } from "../../ui/Page.tsx";
import { useSending } from "../../ui/requests/sending.ts";
import { ListTable } from "../../ui/tables/table.tsx";
import { toast, toastProblem } from "../../ui/toasts.tsx";
import { ShownOnce } from "./ShownOnce.tsx";

const ROLES: [Role, string][] = [
  ["viewer", "viewer: reads"],
  ["editor", "editor: changes, starts, stops"],
  ["owner", "owner: also people and settings"],
];

export function Members({ project }: { project: Project }) {
  const [isInviting, setInviting] = useState(false);
  const [link, setLink] = useState<string | null>(null);
  const refused = refusedFor("owner");
  const path = { project_id: project.id };
  const list = useList(`members ${project.id}`, (cursor, signal) =>
    ask(
      api.GET("/api/v1/projects/{project_id}/members", {
        params: { path, query: { limit: 100, cursor } },
        signal,
      }),
    ),
  );
  const invitations = useList(refused ? null : `invitations ${project.id}`, (cursor, signal) =>
    ask(
      api.GET("/api/v1/projects/{project_id}/invitations", {
        params: { path, query: { limit: 100, cursor } },
        signal,
      }),
    ),
  );
  const again = () => {
    list.again();
    invitations.again();
  };
  const revoke = (id: string) =>
    ask(api.DELETE("/api/v1/invitations/{invitation_id}", { params: { path: { invitation_id: id } } }))
      .then(() => toast("The invitation is revoked"))
      .catch(toastProblem)
      .then(invitations.again);
  return (
    <>
      <Panel
        title="Members"
        isBare
        tools={
          <RoleButton least="owner" icon="plus" onClick={() => setInviting(true)}>
            Invite
          </RoleButton>
        }
      >
        <ListTable
          label="Members"
          list={list}
          keyOf={(member) => member.user_id}
          empty={<Empty title="Nobody" />}
          columns={[
            { name: "Name", least: 150, cell: (member) => member.name || member.email },
            { name: "E-mail", least: 170, isExtra: true, cell: (member) => member.email },
            {
              name: "Role",
              least: 130,
              grow: 0,
              cell: (member) => <RoleChoice member={member} refused={refused} again={again} />,
            },
            {
              name: "State",
              least: 100,
              grow: 0,
              isExtra: true,
              cell: (member) => (member.is_active ? "" : <Badge tone="warn">off</Badge>),
            },
            {
              name: "",
              least: 110,
              cell: (member) => <RemoveMember member={member} refused={refused} again={again} />,
            },
          ]}
        />
      </Panel>
      {!refused && (
        <Panel title="Invitations" isBare>
          <ListTable
            label="Invitations"
            list={invitations}
            keyOf={(each) => each.id}
            empty={<Empty title="Nobody was invited by a link" />}
            columns={[
              { name: "For", least: 150, cell: (each) => each.email ?? "whoever has the link" },
              { name: "Role", least: 130, grow: 0, cell: (each) => each.role },
              { name: "Until", least: 214, grow: 0, cell: (each) => <Time at={each.expires_at} /> },
              {
                name: "State",
                least: 100,
                grow: 0,
                cell: (each) =>
                  each.revoked_at ? (
                    <Badge>revoked</Badge>
                  ) : each.accepted_at ? (
                    <Badge tone="ok">accepted</Badge>
                  ) : (
                    ""
                  ),
              },
              {
                name: "",
                least: 110,
                cell: (each) =>
                  !each.revoked_at &&
                  !each.accepted_at && (
                    <Button
                      kind="quiet"
                      icon="close"
                      label={`Revoke the invitation for ${each.email ?? "whoever has the link"}`}
                      onClick={() => revoke(each.id)}
                    />
                  ),
              },
            ]}
          />
        </Panel>
      )}
      {isInviting && (
        <Invite
          project={project}
          onClose={() => setInviting(false)}
          onMade={(made) => {
            setInviting(false);
            setLink(made);
            again();
          }}
        />
      )}
      {link && <ShownOnce title="The invitation's link" secret={link} onClose={() => setLink(null)} />}
    </>
  );
}

function RoleChoice(props: { member: Member; refused: string | null; again: () => void }) {
  const { member } = props;
  const change = (role: Role) => {
    const params = {
      path: { project_id: member.project_id, user_id: member.user_id },
      header: { "if-match": etagOf(member) },
    };
    ask(api.PUT("/api/v1/projects/{project_id}/members/{user_id}", { params, body: { role } }))
      .then(() => toast(`${member.email} is ${role} now`))
      .catch(toastProblem)
      .then(props.again);
  };
  return (
    <select
      aria-label={`Role of ${member.email}`}
      disabled={props.refused !== null}
      title={props.refused ?? undefined}
      value={member.role}
      onChange={(event) => change(event.currentTarget.value as Role)}
    >
      {ROLES.map(([role]) => (
        <option key={role} value={role}>
          {role}
        </option>
      ))}
    </select>
  );
}

function RemoveMember(props: { member: Member; refused: string | null; again: () => void }) {
  const { member } = props;
  const path = { project_id: member.project_id, user_id: member.user_id };
  const isMe = member.user_id === account.value?.id;
  const [isAsked, setAsked] = useState(false);
  return (
    <>
      <Button
        kind="quiet"
        icon="close"
        label={isMe ? "Leave the project" : `Remove ${member.email}`}
        refused={props.refused}
        onClick={() => setAsked(true)}
      />
      {isAsked && (
        <Removal
          title={isMe ? "Leave the project?" : `Remove ${member.name || member.email}?`}
          verb={isMe ? "Leave" : "Remove"}
          remove={() =>
            ask(api.DELETE("/api/v1/projects/{project_id}/members/{user_id}", { params: { path } }))
          }
          onDone={() => {
            toast(isMe ? "You have left the project" : `${member.email} is no longer a member`);
            // Who has left sees another of their projects, or how to come into one.
            if (isMe) readProjects().catch(toastProblem);
            else props.again();
          }}
          onClose={() => setAsked(false)}
        >
          {isMe
            ? "You see nothing of it any more, until an owner invites you again."
            : `${member.email} sees nothing of the project any more, from now on.`}
        </Removal>
      )}
    </>
  );
}

function Invite(props: { project: Project; onClose: () => void; onMade: (link: string) => void }) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const sending = useSending(
    async (key) =>
      ask(
        api.POST("/api/v1/projects/{project_id}/invitations", {
          params: { path: { project_id: props.project.id }, header: { "idempotency-key": key } },
          body: { role, email: email || null },
        }),
      ),
    (made) => props.onMade(made.link ?? made.token ?? ""),
  );
  return (
    <FormDialog title="Invite" verb="Make a link" sending={sending} onClose={props.onClose}>
      <TextField
        label="E-mail"
        type="email"
        hint="Empty: whoever has the link"
        value={email}
        onInput={setEmail}
        fault={sending.problem?.faultOf("/email") ?? null}
      />
      <SelectField label="Role" value={role} choices={ROLES} onChange={setRole} />
    </FormDialog>
  );
}
