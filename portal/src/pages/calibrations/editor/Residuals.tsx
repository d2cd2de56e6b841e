/** Residuals of a fit over raw values, with a band of one and of two sigma. */

import { steppedText, valueText } from "../../../numbers.ts";
import { axis } from "./axis.ts";
import type { CertificatePoint } from "./FitPoints.tsx";

const WIDTH = 560;
const HEIGHT = 150;
const LEFT = 64;
const TOP = 8;
const BOTTOM = 22;

export function Residuals(props: {
  points: CertificatePoint[];
  residuals: number[];
  sigma: number | null;
  unit: string;
}) {
  const { points, residuals } = props;
  const sigma = props.sigma ?? 0;
  const raws = points.map(([raw]) => raw);
  const reach = Math.max(2.2 * sigma, ...residuals.map(Math.abs)) || 1;
  const x = axis(Math.min(...raws), Math.max(...raws));
  const y = axis(-reach, reach);
  const px = (raw: number) => LEFT + 8 + ((raw - x.low) / (x.high - x.low)) * (WIDTH - LEFT - 24);
  const py = (value: number) => TOP + (1 - (value - y.low) / (y.high - y.low)) * (HEIGHT - TOP - BOTTOM);
  const band = (times: number, opacity: number) => (
    <rect
      x={LEFT}
      width={WIDTH - LEFT - 8}
      y={py(times * sigma)}
      height={py(-times * sigma) - py(times * sigma)}
      fill="var(--accent)"
      opacity={opacity}
    />
  );
  const told = points.map(([raw], place) => `${valueText(raw)}: ${valueText(residuals[place])}`).join("; ");
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`Residuals in ${props.unit || "physical units"} by raw value: ${told}`}
      style="width: 100%; font-size: 11px"
    >
      {sigma > 0 && band(2, 0.08)}
      {sigma > 0 && band(1, 0.1)}
      {y.marks.map((mark) => (
        <g key={mark}>
          <line x1={LEFT} x2={WIDTH - 8} y1={py(mark)} y2={py(mark)} stroke="var(--grid)" />
          <text x={LEFT - 6} y={py(mark) + 4} text-anchor="end" fill="var(--muted)">
            {steppedText(mark, y.step)}
          </text>
        </g>
      ))}
      {x.marks.map((mark) => (
        <text key={mark} x={px(mark)} y={HEIGHT - 6} text-anchor="middle" fill="var(--muted)">
          {steppedText(mark, x.step)}
        </text>
      ))}
      <line x1={LEFT} x2={WIDTH - 8} y1={py(0)} y2={py(0)} stroke="var(--line-strong)" />
      {residuals.map((residual, place) => (
        <circle key={raws[place]} cx={px(raws[place] ?? 0)} cy={py(residual)} r="3.5" fill="var(--accent)" />
      ))}
      {sigma > 0 && (
        <text x={WIDTH - 12} y={py(sigma) - 3} text-anchor="end" fill="var(--muted)">
          σ
        </text>
      )}
    </svg>
  );
}
