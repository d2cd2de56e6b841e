/** A list of log-ins of programs: made with a secret that is shown once, and taken back. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Role } from "../../api/types.ts";
import { RoleButton } from "../../ui/buttons.tsx";
import { Badge, Time } from "../../ui/facts.tsx";
import { Removal } from "../../ui/forms/Removal.tsx";
import type { Listed } from "../../ui/lists/lists.ts";
import { Empty } from "../../ui/notes.tsx";
import { Panel } from "../../ui/Page.tsx";
import { type Column, ListTable } from "../../ui/tables/table.tsx";
import { toast } from "../../ui/toasts.tsx";
import { ShownOnce } from "./ShownOnce.tsx";

interface Secret {
  id: string;
  name: string;
}

export function Secrets<Item extends Secret>(props: {
  title: string;
  /** What one of them is called. */
  noun: string;
  least: Role;
  list: Listed<Item>;
  columns: (show: (secret: string) => void, askToRevoke: (item: Item) => void) => Column<Item>[];
  revoke: (item: Item) => Promise<unknown>;
  consequence: string;
  /** What one is for. */
  purpose: string;
  form: (onClose: () => void, onMade: (secret: string) => void) => ComponentChildren;
}) {
  const { title, noun, list } = props;
  const [isNew, setNew] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const [doomed, setDoomed] = useState<Item | null>(null);
  const show = (made: string) => {
    setNew(false);
    setSecret(made);
    list.again();
  };
  return (
    <Panel
      title={title}
      isBare
      tools={
        <RoleButton least={props.least} icon="plus" onClick={() => setNew(true)}>
          New {noun}
        </RoleButton>
      }
    >
      <ListTable
        label={title}
        list={list}
        keyOf={(each) => each.id}
        empty={
          <Empty title={`No ${title.toLowerCase()} yet`}>
            <p>{props.purpose}</p>
          </Empty>
        }
        columns={props.columns(show, setDoomed)}
      />
      {isNew && props.form(() => setNew(false), show)}
      {doomed && (
        <Removal
          title={`Revoke ${doomed.name}?`}
          verb="Revoke"
          remove={() => props.revoke(doomed)}
          onDone={() => {
            toast(`${doomed.name} is revoked`);
            list.again();
          }}
          onClose={() => setDoomed(null)}
        >
          {props.consequence}
        </Removal>
      )}
      {secret && <ShownOnce title={`The ${noun}`} secret={secret} onClose={() => setSecret(null)} />}
    </Panel>
  );
}

export function End({ at }: { at: string | null | undefined }) {
  return at ? <Time at={at} /> : <>no end</>;
}

export function Validity({ isValid, otherwise }: { isValid: boolean; otherwise: string }) {
  return isValid ? <Badge tone="ok">valid</Badge> : <Badge>{otherwise}</Badge>;
}
