/** Numbers for people: as many digits as say something, a true minus, no jitter of width. */

/** Characters for which there is room beside an axis. */
const MOST_OF_MARK = 9;

/** Up to six significant digits. */
export function valueText(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  return signed(rounded(value, 6));
}

/** As it stands beside a number: what has the unit 1 has none. */
export function unitText(unit: string | null | undefined): string {
  return unit && unit !== "1" ? unit : "";
}

/** With the digits that a step between neighbours can tell apart. */
export function steppedText(value: number, step: number): string {
  if (value === 0) return "0";
  if (Math.abs(value) >= 1e6 || (step < 1e-4 && Math.abs(value) < 1)) return exponentText(value, step);
  return signed(value.toFixed(Math.max(0, -lastPower(step))));
}

/**
 * Of an axis's marks. Where they differ only behind more digits than there is room for, those after the first say how
 * far above it they are, and it is rounded itself.
 */
export function markTexts(marks: readonly number[]): string[] {
  const [first = 0, second = 0] = marks;
  const step = Math.abs(second - first);
  const texts = marks.map((mark) => steppedText(mark, step));
  if (new Set(texts).size === texts.length && texts.every((text) => text.length <= MOST_OF_MARK))
    return texts;
  return marks.map((mark, place) => (place ? `+${steppedText(mark - first, step)}` : aboutText(first)));
}

/** Three significant digits, and a sign that there are more. */
function aboutText(value: number): string {
  return value === 0 ? "0" : `≈${steppedText(value, 10 ** (Math.floor(Math.log10(Math.abs(value))) - 2))}`;
}

/** Whole numbers in groups of three. */
export function countText(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, " ");
}

export function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toPrecision(3)} ${units[unit]}`;
}

/** Readings a second. */
export function rateText(hz: number | null | undefined): string {
  if (hz === null || hz === undefined) return "–";
  if (hz >= 1000) return `${Number((hz / 1000).toPrecision(3))}\u00a0kHz`;
  return `${Number(hz.toPrecision(3))}\u00a0Hz`;
}

/** Which power of ten the last digit of a step stands for: −1 of 0.1, −2 of 0.25. */
function lastPower(step: number): number {
  const power = Math.floor(Math.log10(step || 1) + 1e-9);
  const first = (step || 1) / 10 ** power;
  return Math.abs(first - Math.round(first)) < 1e-6 ? power : power - 1;
}

function exponentText(value: number, step: number): string {
  const figures = Math.floor(Math.log10(Math.abs(value)) + 1e-9) - lastPower(step);
  return signed(value.toExponential(Math.min(Math.max(figures, 0), 6)).replace("e+", "e"));
}

function rounded(value: number, figures: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e9 || size < 1e-4))
    return value.toExponential(Math.min(figures - 1, 4)).replace(/\.?0*e\+?/, "e");
  return String(Number(value.toPrecision(figures)));
}

function signed(text: string): string {
  return text.replaceAll("-", "−");
}
