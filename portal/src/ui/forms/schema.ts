/** JSON schemas of payloads as forms: which input a schema asks for, and what is typed as a value. Pure. */

export interface JsonSchema {
  type?: string;
  title?: string;
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  enum?: unknown[];
  const?: unknown;
  oneOf?: JsonSchema[];
  default?: unknown;
  minItems?: number;
  maxItems?: number;
  [other: string]: unknown;
}

export type InputKind =
  | "number"
  | "text"
  | "choice"
  | "yes-no"
  | "numbers"
  | "rows"
  | "object"
  | "variants"
  | "json";

/** The input that fits; whatever is stranger than these is typed as JSON. */
export function inputKind(schema: JsonSchema): InputKind {
  if (schema.enum) return "choice";
  if (schema.oneOf) return "variants";
  switch (schema.type) {
    case "number":
    case "integer":
      return "number";
    case "string":
      return "text";
    case "boolean":
      return "yes-no";
    case "array":
      return arrayKind(schema.items ?? {});
    case "object":
      return schema.properties ? "object" : "json";
    default:
      return "json";
  }
}

function arrayKind(items: JsonSchema): InputKind {
  if (isNumber(items)) return "numbers";
  return items.type === "array" && isNumber(items.items ?? {}) ? "rows" : "json";
}

function isNumber(schema: JsonSchema): boolean {
  return schema.type === "number" || schema.type === "integer";
}

/** `1, 2.5 3e-4` as numbers; what is none stays as text, so that the API can say what is wrong with it. */
export function parseNumbers(text: string): (number | string)[] {
  return text
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map(numberOr);
}

/** A row a line, as it is pasted from a certificate or a spreadsheet. */
export function parseRows(text: string): (number | string)[][] {
  return text
    .split("\n")
    .map(parseNumbers)
    .filter((row) => row.length > 0);
}

export function numbersText(value: unknown): string {
  return Array.isArray(value) ? value.join(", ") : "";
}

export function rowsText(value: unknown): string {
  return Array.isArray(value)
    ? value.map((row) => (Array.isArray(row) ? row.join("\t") : String(row))).join("\n")
    : "";
}

/** A number where it is one; nothing where nothing is typed. */
export function numberOr(text: string): number | string {
  const value = Number(text);
  return text.trim() !== "" && Number.isFinite(value) ? value : text;
}

/** The variant of a `oneOf` that a value has the form of. */
export function variantOf(schemas: readonly JsonSchema[], value: unknown): number {
  const place = schemas.findIndex((schema) => fits(schema, value));
  return Math.max(place, 0);
}

function fits(schema: JsonSchema, value: unknown): boolean {
  if ("const" in schema) return schema.const === value;
  if (schema.enum) return schema.enum.includes(value);
  if (schema.type === "object") {
    const names = typeof value === "object" && value !== null ? Object.keys(value) : null;
    return names !== null && (schema.required ?? []).every((name) => names.includes(name));
  }
  if (schema.type === "array") return Array.isArray(value);
  return schema.type === "string" ? typeof value === "string" : typeof value === "number" && isNumber(schema);
}

/** What a form begins with: what must be there, as the schema's default or example says. */
export function blank(schema: JsonSchema): unknown {
  if (schema.default !== undefined) return schema.default;
  if ("const" in schema) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.oneOf) return blank(schema.oneOf[0] ?? {});
  if (schema.type !== "object") return undefined;
  const named = (schema.required ?? []).map((name) => [name, blank(schema.properties?.[name] ?? {})]);
  return Object.fromEntries(named.filter(([, value]) => value !== undefined));
}

export function variantName(schema: JsonSchema): string {
  if (schema.title) return schema.title;
  if ("const" in schema) return String(schema.const);
  const names = Object.keys(schema.properties ?? {});
  return names.length ? names.join(", ") : (schema.description ?? schema.type ?? "other");
}

/** `cold_junction` as words. */
export function wordsOf(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
