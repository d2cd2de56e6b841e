/** That a link names more sensors than are drawn together. */

import { MOST_SENSORS, namedBeyond } from "../../../view.ts";

export function BeyondNote({ query }: { query: string }) {
  const named = namedBeyond(query);
  if (!named) return null;
  return (
    <div class="note warn" role="status">
      The link names {named} sensors. The first {MOST_SENSORS} of them are drawn.
    </div>
  );
}
