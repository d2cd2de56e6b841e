/** The legend's columns: which are shown, and how rows are ordered by one. Pure. */

export const LEGEND_COLUMNS = [
  ["cursor", "At cursor"],
  ["a", "A"],
  ["b", "B"],
  ["difference", "B − A"],
  ["min", "Min"],
  ["mean", "Mean"],
  ["max", "Max"],
  ["stddev", "σ"],
  ["count", "Readings"],
  ["flagged", "Flagged"],
  ["calibration", "Calibration"],
  ["bucket", "Bucket"],
  ["plot", "Plot"],
] as const;

export type LegendColumn = (typeof LEGEND_COLUMNS)[number][0];
/** What a row is ordered by; what is not there comes last, either way. */
export type LegendValue = number | string | null | undefined;

/** What an account prefers: all columns but those it has taken out, and an order. */
export interface LegendChoice {
  hidden: LegendColumn[];
  /** A column, with `-` in front: greatest first. Null: as they were added. */
  sort: string | null;
}

const HIDDEN_AT_FIRST: LegendColumn[] = ["bucket"];

export function readLegendChoice(kept: unknown): LegendChoice {
  const { hidden, sort } = (typeof kept === "object" && kept ? kept : {}) as Record<string, unknown>;
  return {
    hidden: Array.isArray(hidden) ? hidden.filter(isColumn) : HIDDEN_AT_FIRST,
    sort: typeof sort === "string" && isSortable(sort.replace(/^-/, "")) ? sort : null,
  };
}

export function withColumn(choice: LegendChoice, column: LegendColumn, isShown: boolean): LegendChoice {
  const others = choice.hidden.filter((each) => each !== column);
  return { ...choice, hidden: isShown ? others : [...others, column] };
}

/** In the order of a column; rows that are equal in it stay as they were. */
export function ordered<Row>(rows: Row[], valueIn: (row: Row) => LegendValue, isDown: boolean): Row[] {
  const isThere = (value: LegendValue) =>
    value !== null && value !== undefined && !(typeof value === "number" && Number.isNaN(value));
  const compare = (one: Row, other: Row) => {
    const [left, right] = [valueIn(one), valueIn(other)];
    if (!isThere(left) || !isThere(right)) return Number(isThere(right)) - Number(isThere(left));
    const order =
      typeof left === "number" && typeof right === "number"
        ? left - right
        : String(left).localeCompare(String(right), "en", { numeric: true });
    return isDown ? -order : order;
  };
  return [...rows].sort(compare);
}

function isColumn(name: unknown): name is LegendColumn {
  return LEGEND_COLUMNS.some(([column]) => column === name);
}

function isSortable(name: string): boolean {
  return name === "sensor" || isColumn(name);
}
