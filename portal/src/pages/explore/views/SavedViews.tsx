/** Keeps what Explore shows by a name, and opens what was kept. */

import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, ask } from "../../../api/client.ts";
import type { SavedView } from "../../../api/types.ts";
import { projectId, refusedFor } from "../../../session.ts";
import { Button } from "../../../ui/buttons.tsx";
import { Dialog } from "../../../ui/dialogs.tsx";
import { Badge, Time } from "../../../ui/facts.tsx";
import { CheckField, TextField } from "../../../ui/forms/fields.tsx";
import { FormDialog } from "../../../ui/forms/forms.tsx";
import { Removal } from "../../../ui/forms/Removal.tsx";
import { useList } from "../../../ui/lists/lists.ts";
import { Empty } from "../../../ui/notes.tsx";
import { useSending } from "../../../ui/requests/sending.ts";
import { ListTable } from "../../../ui/tables/table.tsx";
import { toast } from "../../../ui/toasts.tsx";
import { addressOf, specOf } from "./savedViews.ts";

export function ViewTools({ page, query }: { page: "/live" | "/explore"; query: () => string }) {
  const [opened, setOpened] = useState<"save" | "open" | null>(null);
  const close = () => setOpened(null);
  return (
    <>
      <Button kind="quiet" onClick={() => setOpened("open")}>
        Views
      </Button>
      {opened === "open" && <OpenView onSave={() => setOpened("save")} onClose={close} />}
      {opened === "save" && <SaveView page={page} query={query()} onClose={close} />}
    </>
  );
}

function SaveView({
  page,
  query,
  onClose,
}: {
  page: "/live" | "/explore";
  query: string;
  onClose: () => void;
}) {
  const [name, setName] = useState("");
  const [isShared, setShared] = useState(false);
  const sending = useSending(
    (key) =>
      ask(
        api.POST("/api/v1/projects/{project_id}/views", {
          params: { path: { project_id: projectId.value ?? "" }, header: { "idempotency-key": key } },
          body: { name, shared: isShared, spec: specOf(page, query) },
        }),
      ),
    () => {
      toast("Kept");
      onClose();
    },
  );
  const refused = refusedFor("editor");
  return (
    <FormDialog title="Keep this view" verb="Keep" sending={sending} onClose={onClose}>
      <TextField
        label="Name"
        isRequired
        value={name}
        onInput={setName}
        fault={sending.problem?.faultOf("/name") ?? null}
      />
      {refused ? (
        <p class="muted">Only you will see it. {refused}</p>
      ) : (
        <CheckField label="Everybody in the project sees it" value={isShared} onChange={setShared} />
      )}
    </FormDialog>
  );
}

function OpenView({ onSave, onClose }: { onSave: () => void; onClose: () => void }) {
  const { route } = useLocation();
  const project = projectId.value;
  const [doomed, setDoomed] = useState<SavedView | null>(null);
  const list = useList(project && `views ${project}`, (cursor, signal) => {
    const params = { path: { project_id: project ?? "" }, query: { limit: 100, cursor } };
    return ask(api.GET("/api/v1/projects/{project_id}/views", { params, signal }));
  });
  const open = (view: SavedView) => {
    onClose();
    route(addressOf(view) ?? "/explore");
  };
  return (
    <Dialog title="Views" isWide onClose={onClose}>
      <div class="stack">
        <ListTable
          label="Views"
          list={list}
          keyOf={(view) => view.id}
          empty={<Empty title="No view is kept yet" />}
          columns={[
            {
              name: "Name",
              least: 150,
              grow: 2,
              cell: (view) => (
                <Button kind="quiet" onClick={() => open(view)}>
                  {view.name}
                </Button>
              ),
            },
            { name: "", least: 84, cell: (view) => view.shared && <Badge>shared</Badge> },
            { name: "Kept by", least: 120, isExtra: true, cell: (view) => view.created_by_name },
            {
              name: "Since",
              least: 120,
              grow: 0,
              isExtra: true,
              cell: (view) => <Time at={view.created_at} isAgo />,
            },
            {
              name: "On the wall",
              least: 100,
              grow: 0,
              cell: (view) => (
                <a href={`/wall/${view.id}`} target="_blank" rel="noopener">
                  Open
                </a>
              ),
            },
            {
              name: "",
              least: 84,
              cell: (view) => (
                <Button
                  kind="quiet"
                  icon="close"
                  label={`Delete ${view.name}`}
                  onClick={() => setDoomed(view)}
                />
              ),
            },
          ]}
        />
        <div class="actions">
          <Button kind="primary" onClick={onSave}>
            Keep what is shown
          </Button>
        </div>
      </div>
      {doomed && (
        <Removal
          title={`Delete ${doomed.name}?`}
          remove={() =>
            ask(api.DELETE("/api/v1/views/{view_id}", { params: { path: { view_id: doomed.id } } }))
          }
          onDone={list.again}
          onClose={() => setDoomed(null)}
        >
          {doomed.shared
            ? "Nobody in the project can open it any more, nor a link to it."
            : "Links to it open nothing any more."}
        </Removal>
      )}
    </Dialog>
  );
}
