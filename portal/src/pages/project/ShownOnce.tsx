import { Button } from "../../ui/buttons.tsx";
import { Dialog } from "../../ui/dialogs.tsx";
import { copy } from "../explore/tools/Tools.tsx";

/** A secret that nobody can be told a second time. */
export function ShownOnce({
  title,
  secret,
  onClose,
}: {
  title: string;
  secret: string;
  onClose: () => void;
}) {
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="stack">
        <p>It is shown only now.</p>
        <code class="note" style="overflow-wrap: anywhere">
          {secret}
        </code>
        <div class="actions">
          <Button onClick={() => copy(secret, "Copied")}>Copy</Button>
          <Button kind="primary" onClick={onClose}>
            I have it
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
