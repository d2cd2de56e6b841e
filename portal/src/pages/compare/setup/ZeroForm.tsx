/** What each member's time is counted from. What must be typed is used when it is whole. */

import { useEffect, useState } from "preact/hooks";
import { Button } from "../../../ui/buttons.tsx";
import { SelectField, TextField } from "../../../ui/forms/fields.tsx";
import type { MemberSensors } from "../asked.ts";
import type { Comparison, Zero } from "../compareState.ts";

const KINDS = [
  ["start", "the start"],
  ["session", "a capture session"],
  ["annotation", "an annotation"],
  ["crossing", "a sensor that crosses a value"],
] as const;

export function ZeroForm(props: {
  comparison: Comparison;
  known: MemberSensors;
  unitOf: (key: string) => string;
  onZero: (zero: Zero) => void;
}) {
  const { comparison, known, onZero } = props;
  const [draft, setDraft] = useState<Zero>(comparison.zero);
  const shown = JSON.stringify(comparison.zero);
  useEffect(() => setDraft(comparison.zero), [shown]);
  const choose = (kind: Zero["kind"]) => {
    const zero = firstOf(kind, known);
    setDraft(zero);
    if (kind === "start" || kind === "session") onZero(zero);
  };
  const kinds = KINDS.filter(([kind]) => kind !== "session" || known.ordinals.length || draft.kind === kind);
  const ordinals = [...new Set([...known.ordinals, ...(draft.kind === "session" ? [draft.ordinal] : [])])];
  return (
    <form
      class="zero-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (isWhole(draft)) onZero(draft);
      }}
    >
      <SelectField label="Time is counted from" value={draft.kind} choices={kinds} onChange={choose} />
      {draft.kind === "session" && (
        <SelectField
          label="Number"
          value={String(draft.ordinal)}
          choices={ordinals.map((each) => [String(each), String(each)] as const)}
          onChange={(each) => onZero({ kind: "session", ordinal: Number(each) })}
        />
      )}
      {draft.kind === "annotation" && (
        <TextField
          label="Tag"
          placeholder="ignition"
          isRequired
          value={draft.tag}
          onInput={(tag) => setDraft({ ...draft, tag: tag.trim() })}
        />
      )}
      {draft.kind === "crossing" && <Crossing {...props} draft={draft} setDraft={setDraft} />}
      {(draft.kind === "annotation" || draft.kind === "crossing") && (
        <Button kind="primary" type="submit">
          Align
        </Button>
      )}
    </form>
  );
}

function Crossing(props: {
  known: MemberSensors;
  unitOf: (key: string) => string;
  draft: Zero & { kind: "crossing" };
  setDraft: (zero: Zero) => void;
}) {
  const { draft, setDraft } = props;
  const [text, setText] = useState(Number.isNaN(draft.value) ? "" : String(draft.value));
  const unit = props.unitOf(draft.key);
  const keys = [...new Set([...props.known.keys, draft.key])];
  return (
    <>
      <SelectField
        label="Sensor"
        value={draft.key}
        choices={keys.map((key) => [key, key] as const)}
        onChange={(key) => setDraft({ ...draft, key })}
      />
      <SelectField
        label="Way"
        value={draft.isRising ? "rises" : "falls"}
        choices={[
          ["rises", "rises through"],
          ["falls", "falls through"],
        ]}
        onChange={(way) => setDraft({ ...draft, isRising: way === "rises" })}
      />
      <TextField
        label={unit ? `Value, ${unit}` : "Value"}
        type="number"
        isRequired
        value={text}
        onInput={(typed) => {
          setText(typed);
          setDraft({ ...draft, value: typed === "" ? Number.NaN : Number(typed) });
        }}
      />
    </>
  );
}

function firstOf(kind: Zero["kind"], known: MemberSensors): Zero {
  if (kind === "session") return { kind, ordinal: known.ordinals[0] ?? 1 };
  if (kind === "annotation") return { kind, tag: "" };
  if (kind === "crossing") return { kind, key: known.keys[0] ?? "", value: Number.NaN, isRising: true };
  return { kind: "start" };
}

function isWhole(zero: Zero): boolean {
  if (zero.kind === "annotation") return zero.tag !== "";
  return zero.kind !== "crossing" || Number.isFinite(zero.value);
}
