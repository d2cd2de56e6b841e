/** A sensor without calibration has no physical values: says so, and offers what it has. */

import { nameOf, sensorsById } from "../../../sensors.ts";
import { refusedRaw } from "../../../session.ts";
import { Button } from "../../../ui/buttons.tsx";
import { type View, withLayer } from "../../../view.ts";
import { lacksPhysical, type Pictures } from "../pictures.ts";

export function RawHints(props: { view: View; pictures: Pictures; change: (view: View) => void }) {
  const { view, pictures, change } = props;
  const lacking = view.sensors.filter(
    ({ id }) => sensorsById.value.get(id)?.last_seen_at && lacksPhysical(view, pictures, id),
  );
  return (
    <>
      {lacking.map(({ id }) => (
        <div key={id} class="note warn">
          <div class="row">
            <span>
              {nameOf(sensorsById.value.get(id), id)} has no physical values in this window: no reading, or no{" "}
              <a href={`/calibrations/${id}`}>calibration</a> that holds in it.
            </span>
            <Button refused={refusedRaw()} onClick={() => change(withLayer(view, id, "raw"))}>
              Show raw values
            </Button>
          </div>
        </div>
      ))}
    </>
  );
}
