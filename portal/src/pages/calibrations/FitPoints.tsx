/** Numbers from the points of a certificate, by least squares. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import { valueText } from "../../numbers.ts";
import { Button } from "../../ui/buttons.tsx";
import { TextField } from "../../ui/fields.tsx";
import { ProblemNote } from "../../ui/notes.tsx";
import { numberOr, parseRows } from "../../ui/schema.ts";
import { useSending } from "../../ui/sending.ts";

const HAS_DEGREE = new Set(["polynomial", "rational", "segmented_polynomial"]);

export function FitPoints(props: { kind: string; onFitted: (payload: Record<string, unknown>) => void }) {
  const [text, setText] = useState("");
  const [degree, setDegree] = useState("");
  const [told, setTold] = useState<{ rms: number; residuals: number[]; points: number[][] } | null>(null);
  const sending = useSending(
    async () => {
      const points = parseRows(text) as number[][];
      const chosen = numberOr(degree);
      const body = { kind: props.kind, points, ...(typeof chosen === "number" ? { degree: chosen } : {}) };
      return { fitted: await ask(api.POST("/api/v1/conversion-profiles:fit", { body })), points };
    },
    ({ fitted, points }) => {
      setTold({ rms: fitted.rms, residuals: fitted.residuals, points });
      props.onFitted(fitted.payload);
    },
  );
  return (
    <details>
      <summary>Fit it to the points of a certificate</summary>
      <div class="form" style="padding-top: 8px">
        <TextField
          label="Points"
          isLong
          hint="A line each: raw, physical. Paste them from a certificate or a spreadsheet."
          value={text}
          onInput={setText}
          fault={sending.problem?.faultOf("/points") ?? null}
        />
        {HAS_DEGREE.has(props.kind) && (
          <TextField label="Degree" hint="Empty: as the points suggest" value={degree} onInput={setDegree} />
        )}
        {sending.problem && <ProblemNote problem={sending.problem} />}
        <div class="row">
          <Button isBusy={sending.isBusy} onClick={() => sending.send()}>
            Fit
          </Button>
          {told && <span>r.m.s. of residuals {valueText(told.rms)}</span>}
        </div>
        {told && (
          <details>
            <summary>Residuals</summary>
            <ul style="padding-left: 16px">
              {told.residuals.map((residual, place) => (
                <li key={told.points[place]?.join()}>
                  at {valueText(told.points[place]?.[0])}: {valueText(residual)}
                </li>
              ))}
            </ul>
          </details>
        )}
      </div>
    </details>
  );
}
