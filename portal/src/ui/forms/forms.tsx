/** A form in a dialog: what was typed stays until the change is done, the problem stands above the button. */

import type { ComponentChildren } from "preact";
import { Button } from "../buttons.tsx";
import { Dialog } from "../dialogs.tsx";
import { LostNote } from "../LostNote.tsx";
import { ProblemNote } from "../notes.tsx";
import type { Sending } from "../requests/sending.ts";

export function FormDialog(props: {
  title: string;
  verb: string;
  sending: Sending<[]>;
  onClose: () => void;
  isWide?: boolean;
  children: ComponentChildren;
}) {
  const { sending } = props;
  return (
    <Dialog title={props.title} onClose={props.onClose} isWide={props.isWide ?? false}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          sending.send();
        }}
      >
        {props.children}
        <LostNote />
        {sending.problem && <ProblemNote problem={sending.problem} />}
        <div class="actions">
          <Button onClick={props.onClose}>Cancel</Button>
          <Button kind="primary" type="submit" isBusy={sending.isBusy}>
            {props.verb}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Tags as they are typed: parted by commas. */
export function tagsOf(text: string): string[] {
  return [...new Set(text.split(",").map((tag) => tag.trim()))].filter(Boolean);
}
