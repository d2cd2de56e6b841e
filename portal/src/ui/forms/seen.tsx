/** What is done to something as it was seen, such as a deletion: where others have changed it, that is shown first. */

import { useRef, useState } from "preact/hooks";
import { etagOf } from "../../api/client.ts";
import { problemOf } from "../../api/problems.ts";
import { type Sending, useSending } from "../requests/sending.ts";

/** Label, what was seen, what is there now. */
type Difference = [label: string, seen: string, now: string];

export interface SeenAct<Item extends { version: number }> {
  item: Item;
  /** What people see of it, by labels. */
  told: (item: Item) => [string, string][];
  read: () => Promise<Item>;
  act: (etag: string) => Promise<unknown>;
  /** Somebody else has done the same. */
  isDone?: (item: Item) => boolean;
  onDone: () => void;
}

/** The next press after a change is about what is there now. */
export function useSeen<Item extends { version: number }>(
  seen: SeenAct<Item>,
): { sending: Sending<[]>; differences: Difference[] } {
  const first = useRef(seen.item);
  const base = useRef(seen.item);
  const [differences, setDifferences] = useState<Difference[]>([]);
  const sending = useSending(async () => {
    try {
      await seen.act(etagOf(base.current));
    } catch (error) {
      if (problemOf(error).status !== 412) throw error;
      base.current = await seen.read();
      if (seen.isDone?.(base.current)) return;
      const now = new Map(seen.told(base.current));
      const rows = seen
        .told(first.current)
        .map(([label, text]): Difference => [label, text, now.get(label) ?? ""]);
      setDifferences(rows.filter(([, before, after]) => before !== after));
      throw error;
    }
  }, seen.onDone);
  return { sending, differences };
}

export function ChangedNote({ differences }: { differences: readonly Difference[] }) {
  if (!differences.length) return null;
  return (
    <div class="note warn">
      <strong>What has changed</strong>
      <DifferenceTable heads={["As you saw it", "There now"]} rows={differences} />
    </div>
  );
}

export function DifferenceTable(props: {
  heads: readonly [string, string];
  rows: readonly (readonly [label: string, one: string, other: string])[];
}) {
  return (
    <table class="table">
      <thead>
        <tr>
          <th scope="col">Field</th>
          {props.heads.map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {props.rows.map(([label, one, other]) => (
          <tr key={label}>
            <th scope="row">{label}</th>
            <td>{one || "–"}</td>
            <td>{other || "–"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
