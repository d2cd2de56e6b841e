/** A version out of a file of another tool: its rules are listed, one of them is begun from. */

import { useState } from "preact/hooks";
import { csrfToken } from "../../../api/client.ts";
import type { components } from "../../../api/openapi.d.ts";
import { Problem } from "../../../api/problems.ts";
import { Button } from "../../../ui/buttons.tsx";
import { SelectField, TextField } from "../../../ui/forms/fields.tsx";
import { ProblemNote } from "../../../ui/notes.tsx";
import { useSending } from "../../../ui/requests/sending.ts";
import { Table } from "../../../ui/tables/table.tsx";
import type { ProfileDraft } from "../curve.ts";
import { type FileFormat, FORMATS, formatOf } from "./fileFormats.ts";

type Imported = components["schemas"]["ImportedProfiles"];

const MOST_SHOWN = 50;

export function ImportFile({ onChosen }: { onChosen: (draft: ProfileDraft, note: string) => void }) {
  const [file, setFile] = useState<File | null>(null);
  const [format, setFormat] = useState<FileFormat>("a2l");
  const [filter, setFilter] = useState("");
  const [found, setFound] = useState<Imported | null>(null);
  const sending = useSending(async (_key, chosen: File, as: FileFormat) => readFile(chosen, as), setFound);
  const take = (chosen: File | null, as: FileFormat) => {
    setFile(chosen);
    setFormat(as);
    setFound(null);
    if (chosen) sending.send(chosen, as);
  };
  const wanted = filter.toLowerCase();
  const items = (found?.items ?? []).filter((each) => each.name.toLowerCase().includes(wanted));
  return (
    <details>
      <summary>Take it out of a file</summary>
      <div class="form" style="padding-top: 8px">
        <label class="field">
          <span>File</span>
          <input
            type="file"
            onChange={(event) => {
              const chosen = event.currentTarget.files?.[0] ?? null;
              take(chosen, (chosen && formatOf(chosen.name)) ?? format);
            }}
          />
        </label>
        <SelectField label="Format" value={format} choices={FORMATS} onChange={(as) => take(file, as)} />
        {sending.problem && <ProblemNote problem={sending.problem} />}
        {found && (
          <div class="stack" role="status">
            <span>
              {found.items.length === 1 ? "One rule" : `${found.items.length} rules`}
              {found.refused.length > 0 && `; ${found.refused.length} more that no kind expresses`}
            </span>
            {found.items.length > 8 && <TextField label="Filter" value={filter} onInput={setFilter} />}
            <Table
              label="Rules of the file"
              rows={items.slice(0, MOST_SHOWN)}
              keyOf={(each) => each.name}
              columns={[
                { name: "Name", cell: (each) => <span title={each.text}>{each.name}</span> },
                { name: "Kind", cell: (each) => each.kind },
                {
                  name: "",
                  cell: (each) => (
                    <Button
                      label={`Begin from ${each.name}`}
                      onClick={() =>
                        onChosen({ kind: each.kind, payload: each.payload }, noteOf(each.name, file))
                      }
                    >
                      Begin from it
                    </Button>
                  ),
                },
              ]}
            />
            {items.length > MOST_SHOWN && (
              <span class="muted">and {items.length - MOST_SHOWN} more: filter</span>
            )}
            {found.refused.length > 0 && (
              <details>
                <summary>Rules that can't be taken</summary>
                <ul style="padding-left: 16px">
                  {found.refused.slice(0, MOST_SHOWN).map((each) => (
                    <li key={each.name}>
                      {each.name}: {each.reason}
                    </li>
                  ))}
                </ul>
              </details>
            )}
          </div>
        )}
      </div>
    </details>
  );
}

function noteOf(name: string, file: File | null): string {
  return file ? `${name} of ${file.name}` : name;
}

async function readFile(file: File, format: FileFormat): Promise<Imported> {
  const response = await fetch(`/api/v1/conversion-profiles:import?format=${format}`, {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream", "X-CSRF-Token": csrfToken() },
    body: file,
  });
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw new Problem(response.status, body, response.headers.get("Retry-After"));
  return body as Imported;
}
