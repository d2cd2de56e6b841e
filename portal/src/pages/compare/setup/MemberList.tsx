/** The members of a comparison: their colours, where T0 lies, and moving it by hand. */

import { countText } from "../../../numbers.ts";
import { Swatch } from "../../../plot/Swatch.tsx";
import { durationText, parseSpan, parseTime, spanText } from "../../../times.ts";
import { Button } from "../../../ui/buttons.tsx";
import { Time } from "../../../ui/facts.tsx";
import { type ComparedMember, idOf } from "../answers.ts";
import { type Comparison, isByStep, nudgeUs } from "../compareState.ts";

export function MemberList(props: {
  comparison: Comparison;
  members: ComparedMember[];
  window: [number, number];
  picked: string | null;
  onPick: (id: string | null) => void;
  /** Which is moved by dragging its line. */
  moving: string | null;
  onMoving: (id: string | null) => void;
  exploreOf: (member: ComparedMember) => string | null;
  /** What is compared that it has no values of. */
  lacking: (member: ComparedMember) => string[];
  change: (next: Comparison) => void;
}) {
  const { comparison, members, change, window } = props;
  const isSteps = isByStep(comparison);
  const step = nudgeUs(window[1] - window[0]);
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
            {!isSteps && (
              <div class="muted">
                {member.t0 && (
                  <>
                    T0 <Time at={parseTime(member.t0)} />
                  </>
                )}
                {member.problem && <span class="bad-text">No T0: {member.problem}</span>}
              </div>
            )}
            {member.runs_on && (
              <div class="muted" title="It is compared as far as those go that have ended">
                Runs on
              </div>
            )}
            {props.lacking(member).length > 0 && (
              <div class="muted">Without {props.lacking(member).join(", ")}</div>
            )}
            <div class="row" style="flex-wrap: nowrap">
              <Nudge
                name={member.name}
                by={comparison.shifts[id] ?? 0}
                step={step}
                form={isSteps ? STEPS : TIMES}
                onShift={(by) => change({ ...comparison, shifts: { ...comparison.shifts, [id]: by } })}
              />
              <Button
                kind="quiet"
                icon="sideways"
                label={`Drag the line of ${member.name}`}
                isPressed={props.moving === id}
                onClick={() => props.onMoving(props.moving === id ? null : id)}
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

/** How a shift is written, read, and told. */
interface ShiftForm {
  what: string;
  nothing: string;
  hint: string;
  write: (by: number) => string;
  read: (text: string) => number | null;
  tell: (by: number) => string;
}

const TIMES: ShiftForm = {
  what: "T0",
  nothing: "0s",
  hint: "Such as 2s or -150ms; arrow keys move it",
  write: spanText,
  read: parseSpan,
  tell: durationText,
};
const STEPS: ShiftForm = {
  what: "Step 0",
  nothing: "0",
  hint: "A number of steps; arrow keys move it",
  write: String,
  read: (text) => (/^\d{1,15}$/.test(text) ? Number(text) : null),
  tell: (by) => (by === 1 ? "1 step" : `${countText(by)} steps`),
};

/** Moved by hand: by arrows, or by a length with its sign, such as 2s or -150ms, typed. */
function Nudge(props: {
  by: number;
  step: number;
  name: string;
  form: ShiftForm;
  onShift: (by: number) => void;
}) {
  const { by, step, form, name } = props;
  const text = by === 0 ? "" : `${by < 0 ? "-" : ""}${form.write(Math.abs(by))}`;
  const move = (steps: number) => props.onShift(by + steps * step);
  return (
    <span class="row nudge" style="flex-wrap: nowrap; gap: 0">
      <Button
        kind="quiet"
        icon="left"
        label={`Move ${form.what} of ${name} back by ${form.tell(step)}`}
        onClick={() => move(-1)}
      />
      <input
        type="text"
        size={7}
        aria-label={`${form.what} of ${name} is moved by`}
        placeholder={form.nothing}
        title={form.hint}
        value={text}
        onKeyDown={(event) => {
          if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
          event.preventDefault();
          move((event.key === "ArrowUp" ? 1 : -1) * (event.shiftKey ? 10 : 1));
        }}
        onChange={(event) => {
          const typed = event.currentTarget.value.trim();
          const size = /^[-−+]?0+$/.test(typed) ? 0 : form.read(typed.replace(/^[-−+]/, ""));
          if (typed === "") props.onShift(0);
          else if (size !== null) props.onShift(/^[-−]/.test(typed) ? -size : size);
          else event.currentTarget.value = text;
        }}
      />
      <Button
        kind="quiet"
        icon="right"
        label={`Move ${form.what} of ${name} on by ${form.tell(step)}`}
        onClick={() => move(1)}
      />
    </span>
  );
}
