/** Which columns of a table its reader wants to see: kept by this browser, and by the account for others. */

import { signal } from "@preact/signals";
import { prefer, preferred } from "../../session.ts";
import { recall, remember } from "../../settings.ts";

type Choices = Record<string, readonly string[] | null>;

const changed = signal(0);

/** Null: nothing was chosen. */
export function columnsOf(table: string | undefined): readonly string[] | null {
  if (!table || changed.value < 0) return null;
  return kept()[table] ?? null;
}

export function chooseColumns(table: string, columns: readonly string[] | null): void {
  const choices = { ...kept(), [table]: columns };
  remember("columns", JSON.stringify(choices));
  changed.value += 1;
  prefer("columns", choices);
}

/** The API merges what is preferred: null takes a choice back. */
function kept(): Choices {
  const here = recall("columns");
  const told: unknown = here === null ? preferred("columns") : parsed(here);
  return isChoices(told) ? told : {};
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isChoices(told: unknown): told is Choices {
  return (
    typeof told === "object" &&
    told !== null &&
    Object.values(told).every((each) => each === null || Array.isArray(each))
  );
}
