/** One file: what is in it, what it is, and what may be done with it. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { Artifact } from "../../api/types.ts";
import { RoleButton } from "../../ui/buttons.tsx";
import { Dialog } from "../../ui/dialogs.tsx";
import { Badge, Facts, Time } from "../../ui/facts.tsx";
import { TextField } from "../../ui/forms/fields.tsx";
import { FormDialog } from "../../ui/forms/forms.tsx";
import { ChangedNote, useSeen } from "../../ui/forms/seen.tsx";
import { Answered, ProblemNote } from "../../ui/notes.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { useSending } from "../../ui/requests/sending.ts";
import { FilePreview } from "./FilePreview.tsx";
import { FileSize, FileStatus } from "./FileTable.tsx";

type Asking = "reject" | "remove" | null;

export function FileDialog(props: { id: string; onClose: () => void; onChanged: () => void }) {
  const path = { artifact_id: props.id };
  const asked = useAsked(`artifact ${props.id}`, (signal) =>
    ask(api.GET("/api/v1/artifacts/{artifact_id}", { params: { path }, signal })),
  );
  const changed = () => {
    asked.again();
    props.onChanged();
  };
  return (
    <Dialog title={asked.data?.name ?? "File"} onClose={props.onClose} isWide>
      <Answered asked={asked}>
        {(file) => <Known file={file} onChanged={changed} onGone={props.onClose} />}
      </Answered>
    </Dialog>
  );
}

function Known({ file, onChanged, onGone }: { file: Artifact; onChanged: () => void; onGone: () => void }) {
  const [asking, setAsking] = useState<Asking>(null);
  const params = { path: { artifact_id: file.id } };
  const approve = useSending(
    async () => ask(api.POST("/api/v1/artifacts/{artifact_id}:approve", { params })),
    onChanged,
  );
  const isHere = file.url === null && file.status !== "uploading" && file.status !== "damaged";
  const isJudged = file.status === "rejected" || file.status === "damaged" || file.status === "uploading";
  return (
    <div class="stack">
      {isHere && !file.missing_since && <FilePreview file={file} />}
      <FileFacts file={file} />
      {approve.problem && <ProblemNote problem={approve.problem} />}
      <div class="actions">
        {isHere && (
          <a class="button primary" href={`/api/v1/artifacts/${file.id}/content`} download={file.name}>
            Download
          </a>
        )}
        {file.status === "ready" && (
          <RoleButton least="editor" isBusy={approve.isBusy} onClick={() => approve.send()}>
            Approve
          </RoleButton>
        )}
        {!isJudged && (
          <RoleButton least="editor" onClick={() => setAsking("reject")}>
            Reject
          </RoleButton>
        )}
        <RoleButton least="editor" kind="danger" onClick={() => setAsking("remove")}>
          Delete
        </RoleButton>
      </div>
      {asking === "reject" && <Reject file={file} onClose={() => setAsking(null)} onDone={onChanged} />}
      {asking === "remove" && (
        <Remove
          file={file}
          onClose={() => setAsking(null)}
          onDone={() => {
            onChanged();
            onGone();
          }}
        />
      )}
    </div>
  );
}

function FileFacts({ file }: { file: Artifact }) {
  const metadata = Object.entries(file.metadata);
  return (
    <Facts
      items={[
        ["Status", <FileStatus key="s" file={file} />],
        ...(file.failure ? [["What is wrong", file.failure] as [string, string]] : []),
        ["Kind", file.kind],
        ["Size", <FileSize key="z" file={file} />],
        ["Type", <code key="t">{file.content_type}</code>],
        [
          "Run",
          <a key="r" href={`/runs/${file.run_id}`}>
            {file.run}
          </a>,
        ],
        [
          "SHA-256",
          file.sha256 ? (
            <code key="h" class="wraps">
              {file.sha256}
            </code>
          ) : (
            "–"
          ),
        ],
        ...(file.url
          ? [["Stored at", <Elsewhere key="u" url={file.url} />] as [string, preact.JSX.Element]]
          : []),
        [
          "Seen by",
          file.restricted ? (
            <Badge key="b" tone="warn">
              editors and owners
            </Badge>
          ) : (
            "all members"
          ),
        ],
        ["Judged", <Judged key="j" file={file} />],
        ...(file.review_reason ? [["Reason", file.review_reason] as [string, string]] : []),
        ...metadata.map(
          ([name, value]) =>
            [name, <code key={name}>{JSON.stringify(value)}</code>] as [string, preact.JSX.Element],
        ),
      ]}
    />
  );
}

function Judged({ file }: { file: Artifact }) {
  if (!file.reviewed_at) return <span class="muted">not yet</span>;
  return (
    <>
      by {file.reviewer}, <Time at={file.reviewed_at} />
    </>
  );
}

function Elsewhere({ url }: { url: string }) {
  if (!/^https?:\/\//.test(url)) return <code class="wraps">{url}</code>;
  return (
    <a href={url} target="_blank" rel="noopener noreferrer" class="wraps">
      {url}
    </a>
  );
}

function Reject(props: { file: Artifact; onClose: () => void; onDone: () => void }) {
  const [reason, setReason] = useState("");
  const sending = useSending(
    async () =>
      ask(
        api.POST("/api/v1/artifacts/{artifact_id}:reject", {
          params: { path: { artifact_id: props.file.id } },
          body: { reason },
        }),
      ),
    () => {
      props.onClose();
      props.onDone();
    },
  );
  return (
    <FormDialog title={`Reject ${props.file.name}`} verb="Reject" sending={sending} onClose={props.onClose}>
      <TextField
        label="Reason"
        isRequired
        value={reason}
        onInput={setReason}
        fault={sending.problem?.faultOf("/reason") ?? null}
      />
    </FormDialog>
  );
}

const WORD = "delete";

function Remove(props: { file: Artifact; onClose: () => void; onDone: () => void }) {
  const [typed, setTyped] = useState("");
  const [isWrong, setWrong] = useState(false);
  const path = { artifact_id: props.file.id };
  const isTyped = typed.trim().toLowerCase() === WORD;
  const { sending, differences } = useSeen({
    item: props.file,
    told: (item) => [
      ["Status", item.status],
      ["Kind", item.kind],
      ["Reason", item.review_reason ?? ""],
      ["Seen by", item.restricted ? "editors and owners" : "all members"],
    ],
    read: () => ask(api.GET("/api/v1/artifacts/{artifact_id}", { params: { path } })),
    act: (etag) => {
      const params = { path, header: { "if-match": etag } };
      return ask(api.DELETE("/api/v1/artifacts/{artifact_id}", { params }));
    },
    onDone: props.onDone,
  });
  const sendTyped = {
    ...sending,
    send: async () => (isTyped ? sending.send() : setWrong(true)),
  };
  return (
    <FormDialog
      title={`Delete ${props.file.name}?`}
      verb="Delete"
      sending={sendTyped}
      onClose={props.onClose}
    >
      <p>The file is gone for good then, for everybody.</p>
      <TextField
        label={`Type the word ${WORD}`}
        isRequired
        value={typed}
        onInput={(value) => {
          setTyped(value);
          setWrong(false);
        }}
        fault={isWrong ? `Type ${WORD} to delete it` : null}
      />
      <ChangedNote differences={differences} />
    </FormDialog>
  );
}
