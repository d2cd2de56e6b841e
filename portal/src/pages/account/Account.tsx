/** One's own account: password, second factor, where one is logged in. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { OpenSession } from "../../api/types.ts";
import { account } from "../../session.ts";
import { Button } from "../../ui/buttons.tsx";
import { Badge, Facts, Time } from "../../ui/facts.tsx";
import { TextField } from "../../ui/forms/fields.tsx";
import { useList } from "../../ui/lists/lists.ts";
import { Empty, ProblemNote } from "../../ui/notes.tsx";
import { Page, Panel } from "../../ui/Page.tsx";
import { useSending } from "../../ui/requests/sending.ts";
import { type Column, ListTable } from "../../ui/tables/table.tsx";
import { toast, toastProblem } from "../../ui/toasts.tsx";
import { agentText } from "./agents.ts";
import { SecondFactors } from "./SecondFactors.tsx";

// Of a log-in that named no browser.
const KINDS: Record<OpenSession["kind"], string> = { browser: "A browser", tokens: "A script, by tokens" };

export default function AccountPage() {
  const me = account.value;
  return (
    <Page title="Account">
      <div class="columns">
        <Panel title="You">
          <Facts
            items={[
              ["Name", me?.name || "–"],
              ["E-mail", me?.email ?? "–"],
              ["Rights", me?.is_admin ? "administrator" : "as the projects say"],
            ]}
          />
        </Panel>
        <ChangePassword />
        <SecondFactors />
      </div>
      <Sessions />
    </Page>
  );
}

function ChangePassword() {
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const body = { current_password: old, new_password: fresh };
  const sending = useSending(
    async () => ask(api.POST("/auth/password", { body })),
    () => {
      toast("The password is changed");
      setOld("");
      setFresh("");
    },
    true,
  );
  return (
    <Panel title="Password">
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          sending.send();
        }}
      >
        <TextField
          label="Current password"
          type="password"
          autoComplete="current-password"
          isRequired
          value={old}
          onInput={setOld}
          fault={sending.problem?.faultOf("/current_password") ?? null}
        />
        <TextField
          label="New password"
          type="password"
          autoComplete="new-password"
          isRequired
          value={fresh}
          onInput={setFresh}
          fault={sending.problem?.faultOf("/new_password") ?? null}
        />
        {sending.problem && <ProblemNote problem={sending.problem} />}
        <div>
          <Button type="submit" isBusy={sending.isBusy}>
            Change password
          </Button>
        </div>
      </form>
    </Panel>
  );
}

function Sessions() {
  const list = useList("sessions", (cursor, signal) =>
    ask(api.GET("/auth/sessions", { params: { query: { limit: 100, cursor } }, signal })),
  );
  const end = (session: OpenSession) =>
    ask(api.DELETE("/auth/sessions/{session_id}", { params: { path: { session_id: session.id } } }))
      .catch(toastProblem)
      .then(list.again);
  const endOthers = () =>
    ask(api.DELETE("/auth/sessions", {}))
      .then(() => toast("Logged out everywhere else"))
      .catch(toastProblem)
      .then(list.again);
  const columns: Column<OpenSession>[] = [
    {
      name: "Where",
      least: 200,
      grow: 2,
      cell: (each) => (
        <span>
          {agentText(each.agent) ?? KINDS[each.kind]} {each.is_current && <Badge tone="info">this one</Badge>}
        </span>
      ),
    },
    { name: "Address", least: 120, isExtra: true, cell: (each) => each.address },
    { name: "Last used", least: 120, grow: 0, cell: (each) => <Time at={each.last_used_at} isAgo /> },
    { name: "Until", least: 214, grow: 0, isExtra: true, cell: (each) => <Time at={each.expires_at} /> },
    {
      name: "",
      least: 104,
      cell: (each) =>
        !each.is_current && (
          <Button kind="quiet" onClick={() => end(each)}>
            Log out
          </Button>
        ),
    },
  ];
  return (
    <Panel
      title="Where you are logged in"
      isBare
      tools={<Button onClick={endOthers}>Log out everywhere else</Button>}
    >
      <ListTable
        label="Sessions"
        list={list}
        columns={columns}
        keyOf={(each) => each.id}
        empty={<Empty title="Nowhere" />}
      />
    </Panel>
  );
}
