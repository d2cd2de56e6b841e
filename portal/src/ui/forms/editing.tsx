/** A form that changes something that others may change meanwhile: then both versions are shown. */

import { useRef, useState } from "preact/hooks";
import { etagOf } from "../../api/client.ts";
import { problemOf } from "../../api/problems.ts";
import { Button } from "../buttons.tsx";
import { type Sending, useSending } from "../requests/sending.ts";
import { DifferenceTable } from "./seen.tsx";

interface Editable<Item, Typed> {
  /** As it was when the form was opened; null where it is new. */
  item: Item | null;
  /** What the fields hold for an item, or for a new one. */
  typedOf: (item: Item | null) => Typed;
  /** What the fields hold, by their labels, as people read it. */
  told: (typed: Typed) => [string, string][];
  read: () => Promise<Item>;
  /** With `etag` for what there is, with `key` for what is new. */
  write: (typed: Typed, how: { etag: string; key: string }) => Promise<Item>;
  onDone: (item: Item) => void;
}

export interface Editing<Typed> {
  typed: Typed;
  set: (change: Partial<Typed>) => void;
  sending: Sending<[]>;
  conflict: Conflict | null;
}

interface Conflict {
  /** Label, what was typed here, what is there now. */
  rows: [string, string, string][];
  keepMine: () => void;
  takeTheirs: () => void;
}

export function useEditing<Item extends { version: number }, Typed extends object>(
  form: Editable<Item, Typed>,
): Editing<Typed> {
  const base = useRef(form.item);
  const [typed, setTyped] = useState(() => form.typedOf(form.item));
  const [theirs, setTheirs] = useState<Item | null>(null);
  const sending = useSending(async (key) => {
    try {
      return await form.write(typed, { etag: base.current ? etagOf(base.current) : "", key });
    } catch (error) {
      if (problemOf(error).status !== 412) throw error;
      const found = await form.read();
      // A change whose answer was lost is there already.
      if (!differences(found).length) return found;
      setTheirs(found);
      throw error;
    }
  }, form.onDone);
  const differences = (item: Item): [string, string, string][] => {
    const there = new Map(form.told(form.typedOf(item)));
    const rows = form.told(typed).map(([label, text]) => [label, text, there.get(label) ?? ""]);
    return (rows as [string, string, string][]).filter(([, mine, other]) => mine !== other);
  };
  const settle = () => {
    base.current = theirs;
    setTheirs(null);
    sending.forget();
  };
  const conflict = theirs && {
    rows: differences(theirs),
    keepMine: () => {
      settle();
      sending.send();
    },
    takeTheirs: () => {
      settle();
      setTyped(form.typedOf(theirs));
    },
  };
  return { typed, set: (change) => setTyped((last) => ({ ...last, ...change })), sending, conflict };
}

/** What was typed beside what is there now, and the choice between them. */
export function ConflictNote({ conflict }: { conflict: Conflict | null }) {
  if (!conflict) return null;
  return (
    <div class="note warn">
      <strong>Yours, and what is there now</strong>
      <DifferenceTable heads={["Yours", "There now"]} rows={conflict.rows} />
      <div class="row">
        <Button onClick={conflict.keepMine}>Keep mine</Button>
        <Button onClick={conflict.takeTheirs}>Take what is there</Button>
      </div>
    </div>
  );
}
