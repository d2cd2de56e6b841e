/** Comparisons that the project keeps by name: opened, kept, changed, deleted. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { ComparisonQuestion, SavedComparison } from "../../api/types.ts";
import { mergePatch } from "../../mergePatch.ts";
import { projectId } from "../../session.ts";
import { Button, RoleButton } from "../../ui/buttons.tsx";
import { Dialog } from "../../ui/dialogs.tsx";
import { Time } from "../../ui/facts.tsx";
import { TextField } from "../../ui/forms/fields.tsx";
import { FormDialog } from "../../ui/forms/forms.tsx";
import { Removal } from "../../ui/forms/Removal.tsx";
import { useList } from "../../ui/lists/lists.ts";
import { Empty } from "../../ui/notes.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { useSending } from "../../ui/requests/sending.ts";
import { ListTable } from "../../ui/tables/table.tsx";
import { toast } from "../../ui/toasts.tsx";

interface SavedProps {
  /** None: there is nothing to keep. */
  question: ComparisonQuestion | null;
  /** From which the comparison that is shown came. */
  savedId: string | null;
  onOpen: (saved: SavedComparison) => void;
}

export function SavedTools({ question, savedId, onOpen }: SavedProps) {
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
      {opened === "save" && question && (
        <SaveDialog question={question} savedId={savedId} onSaved={onOpen} onClose={close} />
      )}
    </>
  );
}

interface SaveProps {
  question: ComparisonQuestion;
  savedId: string | null;
  onSaved: (saved: SavedComparison) => void;
  onClose: () => void;
}

/** Under a new name; or under its own, and so changed for all. */
function SaveDialog(props: SaveProps) {
  const { savedId } = props;
  const came = useAsked(savedId && `saved comparison ${savedId}`, (signal) =>
    ask(
      api.GET("/api/v1/comparisons/{comparison_id}", {
        params: { path: { comparison_id: savedId ?? "" } },
        signal,
      }),
    ),
  );
  // It may have been deleted since.
  if (savedId && came.isAsking && !came.data) return null;
  return <SaveForm {...props} came={came.data} />;
}

function SaveForm(props: SaveProps & { came: SavedComparison | null }) {
  const { came, question } = props;
  const [name, setName] = useState(came?.name ?? "");
  const isChange = came !== null && name.trim() === came.name;
  const sending = useSending(
    (key) => (isChange ? changeSaved(came, question) : keep(key, name, question)),
    (saved) => {
      toast(isChange ? "Changed" : "Kept");
      props.onClose();
      props.onSaved(saved);
    },
  );
  return (
    <FormDialog
      title="Keep this comparison"
      verb={isChange ? "Change" : "Keep"}
      sending={sending}
      onClose={props.onClose}
    >
      <TextField
        label="Name"
        hint={
          isChange
            ? "It is changed for everybody in the project; another name keeps another one."
            : "Everybody in the project sees it. It answers with what is stored when it is opened."
        }
        isRequired
        value={name}
        onInput={setName}
        fault={sending.problem?.faultOf("/name") ?? null}
      />
    </FormDialog>
  );
}

function keep(key: string, name: string, question: ComparisonQuestion): Promise<SavedComparison> {
  const path = { project_id: projectId.value ?? "" };
  const params = { path, header: { "idempotency-key": key } };
  return ask(api.POST("/api/v1/projects/{project_id}/comparisons", { params, body: { name, question } }));
}

function changeSaved(came: SavedComparison, question: ComparisonQuestion): Promise<SavedComparison> {
  const params = { path: { comparison_id: came.id } };
  const body = { question: mergePatch(came.question, { ...question }) };
  return ask(api.PATCH("/api/v1/comparisons/{comparison_id}", { params, body }));
}

function OpenDialog({ onOpen, onClose }: { onOpen: (saved: SavedComparison) => void; onClose: () => void }) {
  const list = useSavedList();
  const [doomed, setDoomed] = useState<SavedComparison | null>(null);
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
                onClick={() => setDoomed(saved)}
              />
            ),
          },
        ]}
      />
      {doomed && (
        <Removal
          title={`Delete ${doomed.name}?`}
          remove={() => removeSaved(doomed)}
          onDone={list.again}
          onClose={() => setDoomed(null)}
        >
          Nobody in the project can open it any more. The runs and their readings stay.
        </Removal>
      )}
    </Dialog>
  );
}

function removeSaved(saved: SavedComparison) {
  const params = { path: { comparison_id: saved.id } };
  return ask(api.DELETE("/api/v1/comparisons/{comparison_id}", { params }));
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
