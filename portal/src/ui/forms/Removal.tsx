/** Asks before something goes that can't be brought back, and says why it could not go. */

import type { ComponentChildren } from "preact";
import { Confirm } from "../dialogs.tsx";
import { ProblemNote } from "../notes.tsx";
import { type Sending, useSending } from "../requests/sending.ts";
import { ChangedNote, type SeenAct, useSeen } from "./seen.tsx";

interface RemovalProps {
  title: string;
  verb?: string;
  /** What goes with it, or whom it concerns. */
  children: ComponentChildren;
  onDone: () => void;
  onClose: () => void;
}

export function Removal(props: RemovalProps & { remove: () => Promise<unknown> }) {
  const sending = useSending(props.remove, () => {
    props.onClose();
    props.onDone();
  });
  return <AskedAct {...props} sending={sending} />;
}

/** Of something that others may change meanwhile: it goes as it was seen, or after its changes were. */
export function SeenRemoval<Item extends { version: number }>(
  props: RemovalProps & Omit<SeenAct<Item>, "onDone">,
) {
  const { sending, differences } = useSeen({
    ...props,
    onDone: () => {
      props.onClose();
      props.onDone();
    },
  });
  return (
    <AskedAct {...props} sending={sending}>
      <div class="stack">
        {props.children}
        <ChangedNote differences={differences} />
      </div>
    </AskedAct>
  );
}

function AskedAct(props: RemovalProps & { sending: Sending<[]> }) {
  const { sending } = props;
  return (
    <Confirm
      title={props.title}
      verb={props.verb ?? "Delete"}
      isBusy={sending.isBusy}
      onConfirm={() => sending.send()}
      onClose={props.onClose}
    >
      <div class="stack">
        <div>{props.children}</div>
        {sending.problem && <ProblemNote problem={sending.problem} />}
      </div>
    </Confirm>
  );
}
