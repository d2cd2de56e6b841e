/** Where the marks of a time axis stand, and what they say: from one microsecond to years. Pure. */

import {
  clockOf,
  clockText,
  DAY,
  dateText,
  HOUR,
  MINUTE,
  MS,
  offsetMinutes,
  SECOND,
  type Zone,
} from "../times.ts";

const BELOW_SECOND = [1, 10, 100, MS, 10 * MS, 100 * MS].flatMap((unit) => [unit, 2 * unit, 5 * unit]);
const STEPS_US = [
  ...BELOW_SECOND,
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 28, 56, 112].map((count) => count * DAY),
];

// Of the axis's font, about.
const CHARACTER_PX = 6.4;

/** The smallest step that leaves room for each label. */
export function timeStep(lengthUs: number, widthPx: number, labelPx = 92): number {
  const least = (lengthUs * labelPx) / Math.max(widthPx, 1);
  return STEPS_US.find((step) => step >= least) ?? 365 * DAY;
}

/** Absolute times of the marks in [from, to], at whole steps of the zone's clock. */
export function timeMarks(fromUs: number, toUs: number, stepUs: number, zone: Zone): number[] {
  const shift = stepUs >= HOUR ? -offsetMinutes(fromUs, zone) * MINUTE : 0;
  const marks: number[] = [];
  const first = Math.ceil((fromUs + shift) / stepUs) * stepUs - shift;
  for (let mark = first; mark <= toUs && marks.length < 1000; mark += stepUs) marks.push(mark);
  return marks;
}

/** What each mark says; the date stands below where it is the first or a new one. */
export function timeLabels(marks: readonly number[], stepUs: number, zone: Zone): string[] {
  const decimals = decimalsOf(stepUs);
  return marks.map((mark, place) => {
    const before = place === 0 ? null : (marks[place - 1] ?? null);
    const date = dateText(mark, zone);
    if (stepUs >= DAY) return date.replace(/ \d{4}$/, "") + yearBelow(mark, before, zone);
    const clock = stepUs >= MINUTE ? clockText(mark, zone).slice(0, 5) : clockText(mark, zone, decimals);
    return before !== null && dateText(before, zone) === date ? clock : `${clock}\n${date}`;
  });
}

/** The labels without those that the right edge would cut; each stands in the middle over its mark. */
export function uncutLabels(labels: readonly string[], roomPx: readonly number[]): string[] {
  return labels.map((label, place) => {
    const longest = Math.max(...label.split("\n").map((line) => line.length));
    return (longest * CHARACTER_PX) / 2 > (roomPx[place] ?? 0) ? "" : label;
  });
}

/** What each mark says of the time since something began. */
export function elapsedLabels(marks: readonly number[], stepUs: number): string[] {
  const decimals = decimalsOf(stepUs);
  return marks.map((mark) => elapsedText(mark, decimals));
}

/** The smallest round whole number that leaves room for each label: 1, 2 or 5 times a power of ten. */
export function numberStep(length: number, widthPx: number, labelPx = 72): number {
  const least = Math.max((length * labelPx) / Math.max(widthPx, 1), 1);
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((digit) => digit * power >= least) ?? 10) * power;
}

/** The whole multiples of a step in [from, to]. */
export function numberMarks(from: number, to: number, step: number): number[] {
  const marks: number[] = [];
  for (let mark = Math.ceil(from / step) * step + 0; mark <= to && marks.length < 1000; mark += step)
    marks.push(mark);
  return marks;
}

/** The multiples of what stands between two marks; where only one fits, of half of that: one alone tells no scale. */
export function evenMarks(from: number, to: number, increment: number): number[] {
  const marks = multiplesIn(from, to, increment);
  return marks.length > 1 ? marks : multiplesIn(from, to, increment / 2);
}

/** Without the noise of adding. */
function multiplesIn(from: number, to: number, increment: number): number[] {
  const marks: number[] = [];
  const last = Math.floor(to / increment + 1e-9);
  for (let place = Math.ceil(from / increment - 1e-9) + 0; place <= last && marks.length < 1000; place += 1)
    marks.push(withoutNoise(place * increment));
  return marks;
}

/** Whole numbers have none, and may need all their digits. */
function withoutNoise(mark: number): number {
  return Number.isInteger(mark) ? mark : Number(mark.toPrecision(15));
}

/** Where marks of powers of ten stand on an axis of their exponents; between them too where there are few. */
export function powerMarks(low: number, high: number): number[] {
  const digits = high - low > 4 ? [1] : high - low > 1.5 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 8];
  const apart = Math.max(1, Math.ceil((high - low) / 8));
  const marks: number[] = [];
  for (let power = Math.floor(low / apart) * apart; power <= high; power += apart)
    for (const digit of digits) {
      const mark = power + Math.log10(digit);
      if (mark >= low && mark <= high) marks.push(mark);
    }
  return marks;
}

/** `0:05`, `−0:00.25`, `1:02:30`: minutes and seconds, and hours where there are any. */
export function elapsedText(us: number, decimals = 0): string {
  const unit = 10 ** decimals;
  const parts = Math.round((Math.abs(us) / SECOND) * unit);
  const whole = Math.floor(parts / unit);
  const fraction = decimals ? `.${String(parts % unit).padStart(decimals, "0")}` : "";
  const [hours, minutes, seconds] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  const clock = hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
  return `${us < 0 && parts ? "−" : ""}${clock}${fraction}`;
}

/** Decimals of a second that tell neighbours apart. */
export function decimalsOf(stepUs: number): number {
  if (stepUs >= SECOND) return 0;
  return 6 - Math.floor(Math.log10(stepUs) + 1e-9);
}

function yearBelow(mark: number, before: number | null, zone: Zone): string {
  const { year } = clockOf(mark, zone);
  return before !== null && clockOf(before, zone).year === year ? "" : `\n${year}`;
}
