/** Numbers from the points of a certificate, by least squares, and how far they are from it. */

import { useState } from "preact/hooks";
import { api, ask } from "../../../api/client.ts";
import type { components } from "../../../api/openapi.d.ts";
import { valueText } from "../../../numbers.ts";
import { Button } from "../../../ui/buttons.tsx";
import { TextField } from "../../../ui/forms/fields.tsx";
import { numberOr, parseRows } from "../../../ui/forms/schema.ts";
import { ProblemNote } from "../../../ui/notes.tsx";
import { useSending } from "../../../ui/requests/sending.ts";
import { Table } from "../../../ui/tables/table.tsx";
import { Residuals } from "./Residuals.tsx";

export type FittedProfile = components["schemas"]["Fitted"];
export type CertificatePoint = [raw: number, physical: number];

const HAS_DEGREE = new Set(["polynomial", "rational", "segmented_polynomial"]);

export function FitPoints(props: {
  kind: string;
  unit: string;
  onFitted: (payload: Record<string, unknown>, points: CertificatePoint[]) => void;
}) {
  const [text, setText] = useState("");
  const [degree, setDegree] = useState("");
  const [told, setTold] = useState<{ fitted: FittedProfile; points: CertificatePoint[] } | null>(null);
  const sending = useSending(
    async () => {
      const points = parseRows(text) as CertificatePoint[];
      const chosen = numberOr(degree);
      const body = { kind: props.kind, points, ...(typeof chosen === "number" ? { degree: chosen } : {}) };
      return { fitted: await ask(api.POST("/api/v1/conversion-profiles:fit", { body })), points };
    },
    (done) => {
      setTold(done);
      props.onFitted(done.fitted.payload, done.points);
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
        <div>
          <Button isBusy={sending.isBusy} onClick={() => sending.send()}>
            Fit
          </Button>
        </div>
        {told && <Fit fitted={told.fitted} points={told.points} unit={props.unit} />}
      </div>
    </details>
  );
}

function Fit({ fitted, points, unit }: { fitted: FittedProfile; points: CertificatePoint[]; unit: string }) {
  const { residuals, residual_deviation, rms, suggested_degree } = fitted;
  return (
    <div class="stack" role="status">
      <p>
        {residual_deviation === null
          ? "The curve goes through the points: there are none to spare, so nothing tells how good it is."
          : `Residuals: σ ${valueText(residual_deviation)} ${unit}, r.m.s. ${valueText(rms)} ${unit}`}
        {suggested_degree && `; degree ${suggested_degree.degree} is what the points suggest`}.
      </p>
      <Residuals points={points} residuals={residuals} sigma={residual_deviation} unit={unit} />
      <details>
        <summary>Numbers and residuals</summary>
        <Table
          label="Fitted numbers"
          rows={fitted.parameters.map((name, place) => ({ name, place }))}
          keyOf={(row) => row.name}
          columns={[
            { name: "Number", cell: (row) => <code>{row.name}</code> },
            { name: "Value", isNumber: true, cell: (row) => valueText(fitted.values[row.place]) },
            {
              name: "Standard error",
              isNumber: true,
              cell: (row) => valueText(fitted.standard_errors?.[row.place]),
            },
          ]}
        />
        <Table
          label="Residuals"
          rows={points.map(([raw, physical], place) => ({ raw, physical, place }))}
          keyOf={(row) => String(row.place)}
          columns={[
            { name: "Raw", isNumber: true, cell: (row) => valueText(row.raw) },
            { name: "Certificate", isNumber: true, cell: (row) => valueText(row.physical) },
            { name: "Residual", isNumber: true, cell: (row) => valueText(residuals[row.place]) },
            {
              name: "In σ",
              isNumber: true,
              cell: (row) =>
                residual_deviation ? valueText((residuals[row.place] ?? 0) / residual_deviation) : "–",
            },
          ]}
        />
      </details>
    </div>
  );
}
