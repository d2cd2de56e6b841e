/** A form made of a JSON schema; each fault stands at its field. */

import { useState } from "preact/hooks";
import type { Problem } from "../../api/problems.ts";
import { CheckField, SelectField, TextField } from "./fields.tsx";
import {
  blank,
  inputKind,
  type JsonSchema,
  numberOr,
  numbersText,
  parseNumbers,
  parseRows,
  rowsText,
  variantName,
  variantOf,
  wordsOf,
} from "./schema.ts";

interface PartProps {
  name: string;
  schema: JsonSchema;
  value: unknown;
  isRequired: boolean;
  pointer: string;
  problem: Problem | null;
  onChange: (value: unknown) => void;
}

export function SchemaForm(props: Omit<PartProps, "name" | "isRequired">) {
  const { schema, value, pointer, problem, onChange } = props;
  const required = schema.required ?? [];
  const names = Object.keys(schema.properties ?? {});
  const held = isRecord(value) ? value : {};
  const set = (name: string) => (part: unknown) => {
    const { [name]: _, ...rest } = held;
    onChange(part === undefined || part === "" ? rest : { ...rest, [name]: part });
  };
  const part = (name: string) => (
    <Part
      key={name}
      name={name}
      schema={schema.properties?.[name] ?? {}}
      value={held[name]}
      isRequired={required.includes(name)}
      pointer={`${pointer}/${name}`}
      problem={problem}
      onChange={set(name)}
    />
  );
  const others = names.filter((name) => !required.includes(name));
  return (
    <div class="form">
      {names.filter((name) => required.includes(name)).map(part)}
      {others.length > 0 && (
        <details open={required.length === 0}>
          <summary>More: {others.map((name) => name.replaceAll("_", " ")).join(", ")}</summary>
          <div class="form" style="padding-top: 8px">
            {others.map(part)}
          </div>
        </details>
      )}
    </div>
  );
}

function Part(props: PartProps) {
  const { name, schema, value, onChange } = props;
  const field = {
    label: wordsOf(name),
    hint: schema.description,
    fault: props.problem?.faultOf(props.pointer) ?? null,
  };
  switch (inputKind(schema)) {
    case "choice":
      return (
        <SelectField
          {...field}
          value={String(value ?? "")}
          choices={[
            ...(props.isRequired ? [] : [["", "–"] as const]),
            ...(schema.enum ?? []).map((each) => [String(each), String(each)] as const),
          ]}
          onChange={(text) => onChange(schema.enum?.find((each) => String(each) === text))}
        />
      );
    case "number":
      return (
        <TextField
          {...field}
          isRequired={props.isRequired}
          placeholder={schema.default === undefined ? undefined : String(schema.default)}
          value={textOf(value)}
          onInput={(text) => onChange(numberOr(text))}
        />
      );
    case "text":
      return <TextField {...field} isRequired={props.isRequired} value={textOf(value)} onInput={onChange} />;
    case "yes-no":
      return <CheckField label={field.label} value={value === true} onChange={onChange} />;
    case "numbers":
      return <Typed {...field} shown={numbersText(value)} read={parseNumbers} onChange={onChange} />;
    case "rows":
      return <Typed {...field} isLong shown={rowsText(value)} read={parseRows} onChange={onChange} />;
    case "object":
      return (
        <fieldset class="note">
          <legend>{field.label}</legend>
          <SchemaForm {...props} />
        </fieldset>
      );
    case "variants":
      return <Variants {...props} />;
    case "json":
      return <Typed {...field} isLong shown={jsonText(value)} read={readJson} onChange={onChange} />;
  }
}

/** What is typed stays as it is typed; what it means is told. */
function Typed(props: {
  label: string;
  hint: string | undefined;
  fault: string | null;
  isLong?: boolean;
  shown: string;
  read: (text: string) => unknown;
  onChange: (value: unknown) => void;
}) {
  const [text, setText] = useState(props.shown);
  const isSame = JSON.stringify(props.read(text)) === JSON.stringify(props.read(props.shown));
  return (
    <TextField
      label={props.label}
      hint={props.hint}
      fault={props.fault}
      isLong={props.isLong ?? false}
      value={isSame ? text : props.shown}
      onInput={(typed) => {
        setText(typed);
        props.onChange(props.read(typed));
      }}
    />
  );
}

function Variants(props: PartProps) {
  const variants = props.schema.oneOf ?? [];
  const place = variantOf(variants, props.value);
  const chosen = variants[place] ?? {};
  return (
    <fieldset class="note">
      <legend>{wordsOf(props.name)}</legend>
      <SelectField
        label="By"
        hint={props.schema.description}
        fault={props.problem?.faultOf(props.pointer) ?? null}
        value={String(place)}
        choices={variants.map((each, at) => [String(at), variantName(each)] as const)}
        onChange={(at) => props.onChange(blank(variants[Number(at)] ?? {}))}
      />
      {!("const" in chosen) &&
        (inputKind(chosen) === "object" ? (
          <SchemaForm {...props} schema={chosen} />
        ) : (
          <Part {...props} name="value" schema={chosen} />
        ))}
    </fieldset>
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return value === undefined || value === null ? "" : String(value);
}

function jsonText(value: unknown): string {
  return value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value, null, 1);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
