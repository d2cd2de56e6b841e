/** The latest reading of a sensor, with its unit: raw where no calibration makes a physical value. */

import { unitText, valueText } from "../../numbers.ts";

export function LastValue(props: {
  sensor: {
    input_unit?: string | null;
    output_unit?: string | null;
    latest?: { physical: number | null; raw?: number | null } | null;
  };
}) {
  const { input_unit, output_unit, latest } = props.sensor;
  if (!latest) return <span class="muted">–</span>;
  const isRaw = latest.physical === null;
  return (
    <>
      {valueText(isRaw ? latest.raw : latest.physical)}{" "}
      <span class="muted">{isRaw ? `${unitText(input_unit)} raw` : unitText(output_unit)}</span>
    </>
  );
}
