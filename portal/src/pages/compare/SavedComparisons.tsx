/** Comparisons that the project keeps by name: opened, kept, changed, deleted. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { ComparisonQuestion, SavedComparison } from "../../api/types.ts";
import { projectId } from "../../session.ts";
import { useAsked } from "../../ui/asking.ts";
import { Button, RoleButton } from "../../ui/buttons.tsx";
import { Dialog } from "../../ui/dialogs.tsx";
import { Time } from "../../ui/facts.tsx";
import { TextField } from "../../ui/fields.tsx";
import { FormDialog } from "../../ui/forms.tsx";
import { useList } from "../../ui/lists.ts";
import { Empty } from "../../ui/notes.tsx";
import { useSending } from "../../ui/sending.ts";
import { ListTable } from "../../ui/table.tsx";
import { toast, toastProblem } from "../../ui/toasts.tsx";

interface SavedProps {
  /** None: there is nothing to keep. */
  question: ComparisonQuestion | null;
  onOpen: (saved: SavedComparison) => void;
}

export function SavedTools({ question, onOpen }: SavedProps) {
  const [opened, setOpened] = useState<"save" | "open" | null>(null);
  const close = () => setOpened(null);
  return (
    <>
      <Button kind="quiet" onClick={() => setOpened("open")}>
        Open
      </Button>
      {question && (
        <RoleButton least="editor" kind="quiet" onClick={() => setOpened("save")}>
          Save
        </RoleButton>
      )}
      {opened === "open" && <OpenDialog onOpen={onOpen} onClose={close} />}
      {opened === "save" && question && <SaveDialog question={question} onSaved={onOpen} onClose={close} />}
    </>
  );
}

function SaveDialog(props: {
  question: ComparisonQuestion;
  onSaved: (saved: SavedComparison) => void;
  onClose: () => void;
}) {
  const [name, setName] = useState("");
  const sending = useSending(
    (key) =>
      ask(
        api.POST("/api/v1/projects/{project_id}/comparisons", {
          params: { path: { project_id: projectId.value ?? "" }, header: { "idempotency-key": key } },
          body: { name, question: props.question },
        }),
      ),
    (saved) => {
      toast("Kept");
      props.onClose();
      props.onSaved(saved);
    },
  );
  return (
    <FormDialog title="Keep this comparison" verb="Keep" sending={sending} onClose={props.onClose}>
      <TextField
        label="Name"
        hint="Everybody in the project sees it. It answers with what is stored when it is opened."
        isRequired
        value={name}
        onInput={setName}
        fault={sending.problem?.faultOf("/name") ?? null}
      />
    </FormDialog>
  );
}

function OpenDialog({ onOpen, onClose }: { onOpen: (saved: SavedComparison) => void; onClose: () => void }) {
  const list = useSavedList();
  const remove = (saved: SavedComparison) =>
    ask(
      api.DELETE("/api/v1/comparisons/{comparison_id}", { params: { path: { comparison_id: saved.id } } }),
    ).then(list.again, toastProblem);
  return (
    <Dialog title="Comparisons" isWide onClose={onClose}>
      <ListTable
        label="Comparisons"
        list={list}
        keyOf={(saved) => saved.id}
        empty={<Empty title="No comparison is kept yet" />}
        columns={[
          {
            name: "Name",
            cell: (saved) => (
              <Button
                kind="quiet"
                onClick={() => {
                  onClose();
                  onOpen(saved);
                }}
              >
                {saved.name}
              </Button>
            ),
          },
          { name: "Kept by", isExtra: true, cell: (saved) => saved.created_by_name ?? "–" },
          { name: "Since", isExtra: true, cell: (saved) => <Time at={saved.created_at} isAgo /> },
          {
            name: "",
            cell: (saved) => (
              <RoleButton
                least="editor"
                kind="quiet"
                icon="close"
                label={`Delete ${saved.name}`}
                onClick={() => remove(saved)}
              />
            ),
          },
        ]}
      />
    </Dialog>
  );
}

/** The newest of the project. */
export function useFirstSaved() {
  const project = projectId.value;
  return useAsked(project && `newest comparisons ${project}`, (signal) => {
    const params = { path: { project_id: project ?? "" }, query: { limit: 8 } };
    return ask(api.GET("/api/v1/projects/{project_id}/comparisons", { params, signal }));
  });
}

function useSavedList() {
  const project = projectId.value;
  return useList(project && `comparisons ${project}`, (cursor, signal) => {
    const params = { path: { project_id: project ?? "" }, query: { limit: 100, cursor } };
    return ask(api.GET("/api/v1/projects/{project_id}/comparisons", { params, signal }));
  });
}
