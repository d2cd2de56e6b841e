/** The files of a run: dropped here, looked at, judged. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { Run } from "../../api/types.ts";
import { refusedFor } from "../../session.ts";
import { Button } from "../../ui/buttons.tsx";
import { Meter } from "../../ui/facts.tsx";
import { FileDrop } from "../../ui/forms/FileDrop.tsx";
import { CheckField } from "../../ui/forms/fields.tsx";
import { useList } from "../../ui/lists/lists.ts";
import { Empty, ProblemNote } from "../../ui/notes.tsx";
import { Panel } from "../../ui/Page.tsx";
import { FileTable } from "./FileTable.tsx";
import { ProjectRoom } from "./ProjectRoom.tsx";
import { dropUpload, retryUpload, startUploads, type Upload, uploads } from "./uploads.ts";
import "../../style/files.css";

const REFRESH_MS = 5000;
const KINDS = ["report", "model", "log", "picture", "file"];

export function RunFiles({ run }: { run: Run }) {
  const own = uploads.value.filter((each) => each.run === run.id);
  const done = own.filter((each) => each.phase === "done").length;
  const list = useList(
    `artifacts ${run.id} ${done}`,
    (cursor, signal) =>
      ask(
        api.GET("/api/v1/runs/{run_id}/artifacts", {
          params: { path: { run_id: run.id }, query: { limit: 50, cursor } },
          signal,
        }),
      ),
    REFRESH_MS,
  );
  return (
    <Panel title="Files" isBare>
      <DropFiles run={run} turn={done} />
      {own.length > 0 && (
        <ul class="uploads" aria-label="Files on their way">
          {own.map((each) => (
            <UploadRow key={each.key} upload={each} />
          ))}
        </ul>
      )}
      <FileTable name="run-files" list={list} hasRun={false} empty={<Empty title="No files yet" />} />
    </Panel>
  );
}

function DropFiles({ run, turn }: { run: Run; turn: number }) {
  const [kind, setKind] = useState("report");
  const [isRestricted, setRestricted] = useState(false);
  const refused = refusedFor("editor");
  if (refused) return null;
  return (
    <div class="file-drop">
      <FileDrop
        title="Drop files here, or choose some"
        hint="An upload that broke off goes on when you choose the same file again."
        takesSeveral
        onFiles={(files) => startUploads(run.id, files, kind.trim() || "file", isRestricted)}
      />
      <div class="file-choices">
        <label class="row">
          They are a
          <input
            aria-label="Kind of the files"
            list="file-kinds"
            maxLength={50}
            value={kind}
            onInput={(event) => setKind(event.currentTarget.value)}
          />
        </label>
        <datalist id="file-kinds">
          {KINDS.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
        <CheckField label="Only editors see them" value={isRestricted} onChange={setRestricted} />
      </div>
      <ProjectRoom project={run.project_id} turn={turn} />
    </div>
  );
}

const PHASES: Record<Upload["phase"], string> = {
  waiting: "waits",
  looking: "is read",
  sending: "is sent",
  done: "is here",
  failed: "failed",
};

function UploadRow({ upload }: { upload: Upload }) {
  const { file, phase, problem } = upload;
  const isOver = phase === "done" || phase === "failed";
  return (
    <li>
      <span class="cut">{file.name}</span>
      <span class="muted nowrap">{PHASES[phase]}</span>
      <div class="share">
        <Meter share={upload.share} label={`Progress of ${file.name}`} />
      </div>
      <span class="row" style="flex-wrap: nowrap">
        {phase === "failed" && <Button onClick={() => retryUpload(upload)}>Try again</Button>}
        <Button
          kind="quiet"
          icon="close"
          label={isOver ? `Take ${file.name} off the list` : `Stop sending ${file.name}`}
          onClick={() => dropUpload(upload.key)}
        />
      </span>
      {problem && <ProblemNote problem={problem} />}
    </li>
  );
}
