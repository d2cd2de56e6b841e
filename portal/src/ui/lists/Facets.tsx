/** What narrows a list down, beside it: values by how many rows have them, and what is chosen of them. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { countText } from "../../numbers.ts";
import { Button } from "../buttons.tsx";
import type { Filters } from "./filtersInAddress.ts";

export interface FacetValue {
  value: string;
  label: string;
  count?: number | undefined;
  isChosen: boolean;
}

const SHOWN_AT_FIRST = 6;
const TYPING_MS = 250;
const BESIDE = "(min-width: 1000px)";

/** A list with its filters: at its left, or above it where there is little room. */
export function FacetedList(props: {
  chosen: number;
  onClear: () => void;
  facets: ComponentChildren;
  children: ComponentChildren;
}) {
  const [isOpen, setOpen] = useState(() => matchMedia(BESIDE).matches);
  return (
    <div class="faceted">
      <details class="facets" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>Filters{props.chosen > 0 && <span class="badge info">{props.chosen}</span>}</summary>
        <div class="stack">
          {props.facets}
          <Button refused={props.chosen ? null : "Nothing is filtered"} onClick={props.onClear}>
            Clear all
          </Button>
        </div>
      </details>
      <div class="faceted-list">{props.children}</div>
    </div>
  );
}

export function Facet(props: {
  title: string;
  values: FacetValue[];
  onPick: (value: string) => void;
  children?: ComponentChildren;
}) {
  const [isAll, setAll] = useState(false);
  const values = isAll
    ? props.values
    : props.values.filter((each, place) => place < SHOWN_AT_FIRST || each.isChosen);
  const hidden = props.values.length - values.length;
  if (!props.values.length && !props.children) return null;
  return (
    <fieldset class="facet">
      <legend>{props.title}</legend>
      {values.map((each) => (
        <button
          key={each.value}
          type="button"
          aria-pressed={each.isChosen}
          title={each.label}
          onClick={() => props.onPick(each.value)}
        >
          <span class="grow cut">{each.label}</span>
          {each.count !== undefined && <span class="muted">{countText(each.count)}</span>}
        </button>
      ))}
      {(hidden > 0 || isAll) && (
        <button type="button" class="further" onClick={() => setAll(!isAll)}>
          {isAll ? "Fewer" : `${hidden} more`}
        </button>
      )}
      {props.children}
    </fieldset>
  );
}

/** Chosen values first told by the API; one that it no longer counts is still there to be taken back. */
export function facetValues(
  counted: readonly { value: string; label: string; count: number }[] | undefined,
  chosen: readonly string[],
  labelOf: (value: string) => string = (value) => value,
): FacetValue[] {
  const known = counted ?? [];
  const others = chosen.filter((value) => !known.some((each) => each.value === value));
  return [
    ...others.map((value) => ({ value, label: labelOf(value), isChosen: true })),
    ...known.map((each) => ({ ...each, isChosen: chosen.includes(each.value) })),
  ];
}

/** A text to look for, told when its typing rests. */
export function SearchField(props: { label: string; value: string; onChange: (text: string) => void }) {
  const [text, setText] = useState(props.value);
  const told = useRef(props.value);
  const tell = useRef(props.onChange);
  tell.current = props.onChange;
  useEffect(() => {
    if (props.value === told.current) return;
    told.current = props.value;
    setText(props.value);
  }, [props.value]);
  useEffect(() => {
    if (text === told.current) return;
    const timer = setTimeout(() => {
      told.current = text;
      tell.current(text);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <input
      type="search"
      aria-label={props.label}
      placeholder={props.label}
      value={text}
      onInput={(event) => setText(event.currentTarget.value)}
    />
  );
}

/** A text that narrows a list down by a filter of its address. */
export function FilterField({ filters, name, label }: { filters: Filters; name: string; label: string }) {
  return (
    <SearchField
      label={label}
      value={filters.typed(name)}
      onChange={(text) => filters.set({ [name]: text })}
    />
  );
}

/** One of a few kinds of rows, above a list. */
export function ChoiceFilter<Choice extends string>(props: {
  label: string;
  value: Choice;
  choices: readonly (readonly [Choice, string, ...unknown[]])[];
  onChange: (value: Choice) => void;
}) {
  return (
    <select
      aria-label={props.label}
      value={props.value}
      onChange={(event) => props.onChange(event.currentTarget.value as Choice)}
    >
      {props.choices.map(([value, name]) => (
        <option key={value} value={value}>
          {name}
        </option>
      ))}
    </select>
  );
}
