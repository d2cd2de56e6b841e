/** What the textures of a plot say, in words. */

import type { ComponentChildren } from "preact";
import { countText } from "../../../numbers.ts";
import type { Flagged } from "./flagged.ts";

export function PlotKey({ flagged }: { flagged: Flagged }) {
  const count = [...flagged.counts.values()].reduce((sum, each) => sum + each, 0);
  return (
    <ul class="plot-key" aria-label="What the textures of a plot say">
      <KeyItem sample="gap">no reading</KeyItem>
      <KeyItem sample="future">the future</KeyItem>
      <KeyItem sample="unloaded">not loaded yet</KeyItem>
      <KeyItem sample="noted">annotated</KeyItem>
      <KeyItem sample="flagged">
        flagged{flagged.reason ? ` (${flagged.reason})` : count ? ` (${countText(count)})` : ""}
      </KeyItem>
    </ul>
  );
}

function KeyItem({ sample, children }: { sample: string; children: ComponentChildren }) {
  return (
    <li>
      <span class={`sample ${sample}`} aria-hidden="true" />
      <span>{children}</span>
    </li>
  );
}
