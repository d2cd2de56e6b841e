/** Asks before something goes that can't be brought back, and says why it could not go. */

import type { ComponentChildren } from "preact";
import { Confirm } from "../dialogs.tsx";
import { ProblemNote } from "../notes.tsx";
import { useSending } from "../requests/sending.ts";

export function Removal(props: {
  title: string;
  verb?: string;
  /** What goes with it, or whom it concerns. */
  children: ComponentChildren;
  remove: () => Promise<unknown>;
  onDone: () => void;
  onClose: () => void;
}) {
  const sending = useSending(props.remove, () => {
    props.onClose();
    props.onDone();
  });
  return (
    <Confirm
      title={props.title}
      verb={props.verb ?? "Delete"}
      isBusy={sending.isBusy}
      onConfirm={() => sending.send()}
      onClose={props.onClose}
    >
      <p>{props.children}</p>
      {sending.problem && <ProblemNote problem={sending.problem} />}
    </Confirm>
  );
}
