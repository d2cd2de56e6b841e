/** What is done with many runs at once: all of it, or nothing. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { RunStatus } from "../../api/types.ts";
import { projectId } from "../../session.ts";
import { Button, RoleButton } from "../../ui/buttons.tsx";
import { tagsOf } from "../../ui/forms.tsx";
import { ProblemNote } from "../../ui/notes.tsx";
import { useSending } from "../../ui/sending.ts";
import { toast } from "../../ui/toasts.tsx";
import { MOST_RUNS } from "../compare/compareState.ts";

export function RunBatch(props: { ids: string[]; onDone: () => void; onClear: () => void }) {
  const [tags, setTags] = useState("");
  const path = { project_id: projectId.value ?? "" };
  const done = (what: string) => () => {
    toast(`${props.ids.length} runs ${what}`);
    props.onDone();
  };
  const move = useSending(
    async (_key: string, status: RunStatus) =>
      ask(
        api.POST("/api/v1/projects/{project_id}/runs:batch-status", {
          params: { path },
          body: { run_ids: props.ids, status },
        }),
      ),
    done("changed"),
  );
  const tag = useSending(
    async () =>
      ask(
        api.POST("/api/v1/projects/{project_id}/runs:bulk-tags", {
          params: { path },
          body: { run_ids: props.ids, add: tagsOf(tags) },
        }),
      ),
    done("tagged"),
  );
  const problem = move.problem ?? tag.problem;
  return (
    <div class="stack filters">
      <div class="row">
        <strong>{props.ids.length} chosen</strong>
        <input
          aria-label="Tags to add"
          placeholder="Tags to add"
          value={tags}
          onInput={(event) => setTags(event.currentTarget.value)}
        />
        <a
          class="button"
          href={`/compare?runs=${props.ids.slice(0, MOST_RUNS).join(",")}`}
          aria-disabled={props.ids.length < 2 || undefined}
        >
          Compare
        </a>
        <RoleButton
          least="editor"
          refused={tagsOf(tags).length ? null : "Type a tag first"}
          onClick={() => tag.send()}
        >
          Tag
        </RoleButton>
        <RoleButton least="editor" onClick={() => move.send("finished")}>
          Finish
        </RoleButton>
        <RoleButton least="editor" onClick={() => move.send("archived")}>
          Archive
        </RoleButton>
        <Button kind="quiet" onClick={props.onClear}>
          Choose none
        </Button>
      </div>
      {problem && <ProblemNote problem={problem} />}
    </div>
  );
}
