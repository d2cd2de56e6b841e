/** What can be said about a value, as bits of its `flags`; the same as `conversion/flags.py`. Pure. */

const WORDS: readonly (readonly [number, string])[] = [
  [1, "below range"],
  [2, "above range"],
  [4, "extrapolated"],
  [8, "not finite"],
  [16, "saturated"],
  [32, "loop fault"],
  [64, "missing auxiliary"],
  [128, "rounded"],
];

/** Flags in words; a bit that a newer release knows is told by its number. */
export function flagWords(flags: number): string[] {
  const words: string[] = [];
  let rest = flags;
  for (const [bit, word] of WORDS) {
    if (flags & bit) words.push(word);
    rest &= ~bit;
  }
  return rest ? [...words, `flag ${rest}`] : words;
}
