/** A profile as a curve from raw to physical; flagged stretches are shaded. */

import { steppedText } from "../../../numbers.ts";
import type { Curve } from "../curve.ts";
import { axis } from "./axis.ts";
import type { CertificatePoint } from "./FitPoints.tsx";

const WIDTH = 560;
const HEIGHT = 260;
const LEFT = 64;
const BOTTOM = 34;
// Half of what the text of a mark takes.
const EDGE = 40;

export function CurvePlot(props: {
  curve: Curve;
  old: Curve | null;
  /** Of the certificate that it was fitted to. */
  points: CertificatePoint[];
  input: string;
  output: string;
}) {
  const { curve, old } = props;
  const points = props.points.map(([, physical]) => physical);
  const values = [...curve.physical, ...(old?.physical ?? []), ...points].filter(
    (value): value is number => value !== null,
  );
  if (!values.length) return <p class="muted">It gives no physical value over this range.</p>;
  const x = axis(curve.raw[0] ?? 0, curve.raw.at(-1) ?? 1);
  const y = axis(Math.min(...values), Math.max(...values));
  const px = (raw: number) => LEFT + ((raw - x.low) / (x.high - x.low)) * (WIDTH - LEFT - 8);
  const py = (value: number) => 8 + (1 - (value - y.low) / (y.high - y.low)) * (HEIGHT - BOTTOM - 8);
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`Curve from ${x.low} to ${x.high} ${props.input}, giving ${y.low} to ${y.high} ${props.output}`}
      style="width: 100%; font-size: 11px"
    >
      {x.marks.map((mark) => (
        <g key={mark}>
          <line x1={px(mark)} x2={px(mark)} y1={8} y2={HEIGHT - BOTTOM} stroke="var(--grid)" />
          <text x={px(mark)} y={HEIGHT - BOTTOM + 14} text-anchor={anchorAt(px(mark))} fill="var(--muted)">
            {steppedText(mark, x.step)}
          </text>
        </g>
      ))}
      {y.marks.map((mark) => (
        <g key={mark}>
          <line x1={LEFT} x2={WIDTH - 8} y1={py(mark)} y2={py(mark)} stroke="var(--grid)" />
          <text x={LEFT - 6} y={py(mark) + 4} text-anchor="end" fill="var(--muted)">
            {steppedText(mark, y.step)}
          </text>
        </g>
      ))}
      {flagged(curve).map(([from, to]) => (
        <rect
          key={from}
          x={px(from)}
          y={8}
          width={Math.max(px(to) - px(from), 1)}
          height={HEIGHT - BOTTOM - 8}
          fill="var(--warn)"
          opacity={0.14}
        />
      ))}
      {old && (
        <path
          d={pathOf(old, px, py)}
          fill="none"
          stroke="var(--muted)"
          stroke-width="1.5"
          stroke-dasharray="4 3"
        />
      )}
      <path d={pathOf(curve, px, py)} fill="none" stroke="var(--accent)" stroke-width="2" />
      {props.points.map(([raw, physical]) => (
        <circle key={raw} cx={px(raw)} cy={py(physical)} r="3.5" fill="none" stroke="var(--ink)" />
      ))}
      <text x={WIDTH - 8} y={HEIGHT - 4} text-anchor="end" fill="var(--muted)">
        raw {props.input}
      </text>
      <text x={LEFT + 6} y={20} fill="var(--muted)">
        {props.output}
      </text>
    </svg>
  );
}

/** The texts of marks at the edges don't stick out, where they would be cut. */
function anchorAt(x: number): "start" | "middle" | "end" {
  return x > WIDTH - EDGE ? "end" : "middle";
}

function pathOf(curve: Curve, px: (raw: number) => number, py: (value: number) => number): string {
  let isPenUp = true;
  return curve.raw
    .map((raw, place) => {
      const value = curve.physical[place];
      if (value === null || value === undefined) {
        isPenUp = true;
        return "";
      }
      const step = `${isPenUp ? "M" : "L"}${px(raw).toFixed(1)} ${py(value).toFixed(1)}`;
      isPenUp = false;
      return step;
    })
    .join("");
}

/** Stretches of raw values whose results are flagged. */
function flagged(curve: Curve): [number, number][] {
  const found: [number, number][] = [];
  for (const [place, raw] of curve.raw.entries()) {
    if (!curve.flags[place]) continue;
    const last = found.at(-1);
    if (last && curve.flags[place - 1]) last[1] = raw;
    else found.push([raw, raw]);
  }
  return found;
}
