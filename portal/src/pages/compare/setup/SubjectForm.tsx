/** What is compared: sensors, or metrics by step or by time. */

import { Segments } from "../../../ui/buttons.tsx";
import type { Comparison } from "../compareState.ts";

export function SubjectForm(props: { comparison: Comparison; change: (next: Comparison) => void }) {
  const { comparison, change } = props;
  // Shifts and windows are of another axis then.
  const turn = (next: Partial<Comparison>) => change({ ...comparison, shifts: {}, window: null, ...next });
  if (comparison.kind !== "runs") return null;
  return (
    <div class="row spread subject-form">
      <Segments
        label="What is compared"
        value={comparison.subject}
        choices={[
          ["sensors", "Sensors"],
          ["metrics", "Metrics"],
        ]}
        onChange={(subject) => turn({ subject, keys: [] })}
      />
      {comparison.subject === "metrics" && (
        <Segments
          label="Metrics are laid along"
          value={comparison.by}
          choices={[
            ["step", "By step"],
            ["time", "By time"],
          ]}
          onChange={(by) => turn({ by })}
        />
      )}
    </div>
  );
}
