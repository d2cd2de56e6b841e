/** Said where somebody has typed, when they are taken out of the project meanwhile. */

import { leaveLost, lostProject, lostText } from "../session.ts";
import { Button } from "./buttons.tsx";
import { toastProblem } from "./toasts.tsx";

export function LostNote() {
  const lost = lostProject.value;
  if (!lost) return null;
  return (
    <div class="note bad" role="alert">
      <strong>{lostText(lost)}</strong>
      <span>What you have typed can't be sent any more. It stays here, to be copied, until you go on.</span>
      <div>
        <Button onClick={() => leaveLost().catch(toastProblem)}>Go on without it</Button>
      </div>
    </div>
  );
}
