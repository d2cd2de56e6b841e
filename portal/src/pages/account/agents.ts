/** A program by what it says of itself: `Firefox on Windows`, or as it is. Pure. */

const BROWSERS: [RegExp, string][] = [
  [/Edg\//, "Edge"],
  [/Firefox\//, "Firefox"],
  [/Chrome\//, "Chrome"],
  [/Safari\//, "Safari"],
];
const SYSTEMS: [RegExp, string][] = [
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Windows/, "Windows"],
  [/Mac OS X/, "macOS"],
  [/Linux/, "Linux"],
];

export function agentText(agent: string | null): string | null {
  const named = (names: [RegExp, string][]) => names.find(([form]) => form.test(agent ?? ""))?.[1];
  const browser = named(BROWSERS);
  if (!agent?.startsWith("Mozilla/") || !browser) return agent;
  const system = named(SYSTEMS);
  return system ? `${browser} on ${system}` : browser;
}
