/** The members of a comparison: their colours, where T0 lies, and moving it by hand. */

import { SERIES_COLOURS, seriesVariable } from "../../plot/colours.ts";
import { durationText, parseSpan, parseTime, spanText } from "../../times.ts";
import { Button } from "../../ui/buttons.tsx";
import { Time } from "../../ui/facts.tsx";
import { type ComparedMember, idOf } from "./answers.ts";
import { type Comparison, nudgeUs } from "./compareState.ts";

export function MemberList(props: {
  comparison: Comparison;
  members: ComparedMember[];
  window: [number, number];
  picked: string | null;
  onPick: (id: string | null) => void;
  exploreOf: (member: ComparedMember) => string | null;
  change: (next: Comparison) => void;
}) {
  const { comparison, members, change, window } = props;
  const stepUs = nudgeUs(window[1] - window[0]);
  const without = (id: string) =>
    change({
      ...comparison,
      members: comparison.members.filter((each) => each !== id),
      baseline: comparison.baseline === id ? null : comparison.baseline,
    });
  return (
    <ul class="members">
      {members.map((member, place) => {
        const id = idOf(member);
        const explore = props.exploreOf(member);
        return (
          <li
            key={id}
            class={props.picked === id ? "picked" : ""}
            onPointerEnter={() => props.onPick(id)}
            onPointerLeave={() => props.onPick(null)}
            onFocusIn={() => props.onPick(id)}
            onFocusOut={() => props.onPick(null)}
          >
            <div class="row" style="flex-wrap: nowrap">
              <Swatch place={place} />
              <a class="cut grow" href={`/runs/${member.run_id}`} title={member.name}>
                {member.name}
              </a>
              {explore && (
                <a
                  class="button quiet icon"
                  href={explore}
                  aria-label={`${member.name} in Explore`}
                  title="Explore"
                >
                  ↗
                </a>
              )}
              <Button
                kind="quiet"
                icon="close"
                label={`Leave ${member.name} out`}
                onClick={() => without(id)}
              />
            </div>
            <div class="muted">
              {member.t0 ? (
                <>
                  T0 <Time at={parseTime(member.t0)} />
                </>
              ) : (
                <span class="bad-text">No T0: {member.problem}</span>
              )}
            </div>
            <div class="row" style="flex-wrap: nowrap">
              <Nudge
                name={member.name}
                us={comparison.shiftUs[id] ?? 0}
                stepUs={stepUs}
                onShift={(us) => change({ ...comparison, shiftUs: { ...comparison.shiftUs, [id]: us } })}
              />
              <label class="row baseline">
                <input
                  type="radio"
                  name="baseline"
                  aria-label={`${member.name} is the baseline`}
                  checked={(comparison.baseline ?? comparison.members[0]) === id}
                  onChange={() => change({ ...comparison, baseline: id })}
                />
                Baseline
              </label>
            </div>
          </li>
        );
      })}
    </ul>
  );
}

/** A line's colour; those that begin the colours anew are dashed, as in the plot. */
export function Swatch({ place }: { place: number }) {
  const colour = seriesVariable(place);
  const dashes = `repeating-linear-gradient(90deg, ${colour} 0 4px, transparent 4px 6px)`;
  return <span class="swatch wide" style={{ background: place < SERIES_COLOURS ? colour : dashes }} />;
}

/** T0 moved by hand: by arrows, or by a length with its sign, such as 2s or -150ms, typed. */
function Nudge(props: { us: number; stepUs: number; name: string; onShift: (us: number) => void }) {
  const { us, stepUs } = props;
  const text = us === 0 ? "" : `${us < 0 ? "-" : ""}${spanText(Math.abs(us))}`;
  const move = (steps: number) => props.onShift(us + steps * stepUs);
  return (
    <span class="row nudge" style="flex-wrap: nowrap; gap: 0">
      <Button
        kind="quiet"
        icon="left"
        label={`Move T0 of ${props.name} back by ${durationText(stepUs)}`}
        onClick={() => move(-1)}
      />
      <input
        type="text"
        size={7}
        aria-label={`T0 of ${props.name} is moved by`}
        placeholder="0s"
        title="Such as 2s or -150ms; arrow keys move it"
        value={text}
        onKeyDown={(event) => {
          if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
          event.preventDefault();
          move((event.key === "ArrowUp" ? 1 : -1) * (event.shiftKey ? 10 : 1));
        }}
        onChange={(event) => {
          const typed = event.currentTarget.value.trim();
          const size = parseSpan(typed.replace(/^[-−+]/, ""));
          if (typed === "") props.onShift(0);
          else if (size !== null) props.onShift(/^[-−]/.test(typed) ? -size : size);
          else event.currentTarget.value = text;
        }}
      />
      <Button
        kind="quiet"
        icon="right"
        label={`Move T0 of ${props.name} on by ${durationText(stepUs)}`}
        onClick={() => move(1)}
      />
    </span>
  );
}
