/** An axis with round marks, about five of them. Pure. */

export function axis(least: number, most: number) {
  const low = least;
  const high = most > least ? most : least + (Math.abs(least) || 1);
  const rough = (high - low) / 5;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((each) => each * unit >= rough) ?? 10) * unit;
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return {
    low,
    high,
    step,
    marks: Array.from({ length: Math.max(count, 0) }, (_, place) => (first + place) * step),
  };
}
