/** What is done with the runs that are chosen. Each that can't be changed says why; the others are changed. */

import { useState } from "preact/hooks";
import { api, ask } from "../../../api/client.ts";
import type { ListedRun, RunStatus, Schemas } from "../../../api/types.ts";
import { projectId } from "../../../session.ts";
import { Button, RoleButton } from "../../../ui/buttons.tsx";
import { tagsOf } from "../../../ui/forms/forms.tsx";
import { ProblemNote } from "../../../ui/notes.tsx";
import { useSending } from "../../../ui/requests/sending.ts";
import { toast } from "../../../ui/toasts.tsx";
import { MOST_RUNS } from "../../compare/compareState.ts";
import { chunksOf, MOST_AT_ONCE, mayBecome, RUN_TARGETS } from "../runMoves.ts";

type RunResult = Schemas["RunResult"];

interface BatchProps {
  chosen: ReadonlyMap<string, ListedRun>;
  onDone: () => void;
  onChoose: (runs: ListedRun[], isOn: boolean) => void;
}

export function RunBatch({ chosen, onDone, onChoose }: BatchProps) {
  const [tags, setTags] = useState("");
  const [refused, setRefused] = useState<RunResult[]>([]);
  const runs = [...chosen.values()];
  const path = { project_id: projectId.value ?? "" };
  const tell = (results: RunResult[]) => {
    const failed = results.filter((each) => !each.ok);
    setRefused(failed);
    toast(
      `${results.length - failed.length} of ${results.length} runs changed`,
      failed.length ? "warn" : "ok",
    );
    const changed = results.flatMap((each) => {
      const run = chosen.get(each.run_id);
      return run && each.status && each.tags ? [{ ...run, status: each.status, tags: each.tags }] : [];
    });
    onChoose(changed, true);
    onDone();
  };
  const move = useSending(
    (_key: string, status: RunStatus) =>
      inChunks(runs, (run_ids) =>
        ask(
          api.POST("/api/v1/projects/{project_id}/runs:batch-status", {
            params: { path },
            body: { run_ids, status, atomic: false },
          }),
        ),
      ),
    tell,
  );
  const tag = useSending(
    (_key: string, change: "add" | "remove") =>
      inChunks(runs, (run_ids) =>
        ask(
          api.POST("/api/v1/projects/{project_id}/runs:bulk-tags", {
            params: { path },
            body: { run_ids, [change]: tagsOf(tags), atomic: false },
          }),
        ),
      ),
    tell,
  );
  const problem = move.problem ?? tag.problem;
  const isBusy = move.isBusy || tag.isBusy;
  const noTag = tagsOf(tags).length ? null : "Type a tag first";
  const comparable = runs.length >= 2 && runs.length <= MOST_RUNS;
  return (
    <section class="stack filters" aria-label="What is chosen">
      <div class="row">
        <strong>{runs.length} chosen</strong>
        {comparable ? (
          <a class="button" href={`/compare?runs=${runs.map((run) => run.id).join(",")}`}>
            Compare
          </a>
        ) : (
          <Button refused={`2 to ${MOST_RUNS} runs can be compared`}>Compare</Button>
        )}
        {RUN_TARGETS.map(([status, verb]) => {
          const count = runs.filter((run) => mayBecome(run.status, status)).length;
          return (
            <RoleButton
              key={status}
              least="editor"
              isBusy={isBusy}
              refused={count ? null : `None of them can become ${status} now`}
              onClick={() => move.send(status)}
            >
              {verb}
            </RoleButton>
          );
        })}
        <span class="row nowrap-row">
          <input
            aria-label="Tags to add or remove"
            placeholder="Tags, parted by commas"
            value={tags}
            onInput={(event) => setTags(event.currentTarget.value)}
          />
          <RoleButton least="editor" isBusy={isBusy} refused={noTag} onClick={() => tag.send("add")}>
            Add
          </RoleButton>
          <RoleButton least="editor" isBusy={isBusy} refused={noTag} onClick={() => tag.send("remove")}>
            Remove
          </RoleButton>
        </span>
        <Button kind="quiet" onClick={() => onChoose(runs, false)}>
          Choose none
        </Button>
      </div>
      {problem && <ProblemNote problem={problem} />}
      {refused.length > 0 && (
        <div class="note warn" role="alert">
          <strong>{refused.length === 1 ? "One run was" : `${refused.length} runs were`} not changed</strong>
          <ul class="refused">
            {refused.map((each) => (
              <li key={each.run_id}>
                <a href={`/runs/${each.run_id}`}>{chosen.get(each.run_id)?.name ?? each.run_id}</a>:{" "}
                {each.refusal?.detail}
              </li>
            ))}
          </ul>
          <div>
            <Button kind="quiet" onClick={() => setRefused([])}>
              Close
            </Button>
          </div>
        </div>
      )}
    </section>
  );
}

/** The API takes so many at once; what one part says is told with the others. */
async function inChunks(
  runs: ListedRun[],
  change: (ids: string[]) => Promise<{ results: RunResult[] }>,
): Promise<RunResult[]> {
  const results: RunResult[] = [];
  for (const chunk of chunksOf(runs, MOST_AT_ONCE)) {
    results.push(...(await change(chunk.map((run) => run.id))).results);
  }
  return results;
}
