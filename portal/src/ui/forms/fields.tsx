/** Fields of forms: a label, an input, a hint, and what the API says is wrong with it. */

import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface FieldProps {
  label: string;
  hint?: ComponentChildren;
  fault?: string | null;
}

export function Field(
  props: FieldProps & {
    children: (input: { id: string; describedBy: string | undefined; isBad: boolean }) => ComponentChildren;
  },
) {
  const id = useId();
  const { hint, fault } = props;
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      {props.children({ id, describedBy: hint || fault ? `${id}-more` : undefined, isBad: !!fault })}
      <div id={`${id}-more`} class={fault ? "fault" : "hint"} hidden={!hint && !fault}>
        {fault ?? hint}
      </div>
    </div>
  );
}

export function TextField(
  props: FieldProps & {
    value: string;
    onInput: (value: string) => void;
    type?: "text" | "password" | "email" | "number" | "search" | "datetime-local";
    autoComplete?: string;
    isRequired?: boolean;
    isLong?: boolean;
    placeholder?: string;
    list?: string;
  },
) {
  return (
    <Field label={props.label} hint={props.hint} fault={props.fault ?? null}>
      {({ id, describedBy, isBad }) => {
        const shared = {
          id,
          value: props.value,
          required: props.isRequired,
          placeholder: props.placeholder,
          "aria-describedby": describedBy,
          "aria-invalid": isBad,
        };
        if (props.isLong)
          return <textarea {...shared} onInput={(event) => props.onInput(event.currentTarget.value)} />;
        return (
          <input
            {...shared}
            type={(props.type ?? "text") as "text"}
            step="any"
            autoComplete={props.autoComplete ?? "off"}
            list={props.list}
            onInput={(event) => props.onInput(event.currentTarget.value)}
          />
        );
      }}
    </Field>
  );
}

export function SelectField<Choice extends string>(
  props: FieldProps & {
    value: Choice;
    choices: readonly (readonly [Choice, string])[];
    onChange: (value: Choice) => void;
  },
) {
  return (
    <Field label={props.label} hint={props.hint} fault={props.fault ?? null}>
      {({ id, describedBy, isBad }) => (
        <select
          id={id}
          value={props.value}
          aria-describedby={describedBy}
          aria-invalid={isBad}
          onChange={(event) => props.onChange(event.currentTarget.value as Choice)}
        >
          {props.choices.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function CheckField(props: { label: string; value: boolean; onChange: (value: boolean) => void }) {
  const id = useId();
  return (
    <div class="field inline">
      <input
        id={id}
        type="checkbox"
        checked={props.value}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      <label for={id}>{props.label}</label>
    </div>
  );
}
