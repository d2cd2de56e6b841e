/** The physical unit of a sensor that is named by its id alone. */

import { useEffect } from "preact/hooks";
import { unitText } from "../../numbers.ts";
import { learn, sensorsById } from "../../sensors.ts";

export function SensorUnit({ id }: { id: string }) {
  useEffect(() => {
    learn([id]);
  }, [id]);
  return <span class="muted">{unitText(sensorsById.value.get(id)?.output_unit)}</span>;
}
