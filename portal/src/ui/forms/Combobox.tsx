/** One of many, found by typing: Enter takes the first, arrows choose. Says where there are more than it lists. */

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { ItemPage } from "../../api/everyItem.ts";
import { Icon } from "../icons.tsx";
import { useAsked } from "../requests/asking.ts";

/** As many as one reads through; others are found by typing. */
export const OFFERED = 30;

export interface ComboboxProps<Item> {
  /** Of the input, for a label that stands elsewhere; else `label` names it. */
  id?: string;
  label: string;
  /** What it lists, in the plural: runs. */
  noun: string;
  /** What the input shows while nobody types. */
  shown?: string;
  placeholder?: string;
  /** A form is not sent before something is chosen. */
  isRequired?: boolean;
  /** Whose items: asks nothing when null. */
  scope: string | null;
  find: (text: string, signal: AbortSignal) => Promise<ItemPage<Item>>;
  /** Always there: before those that are found, and behind them while somebody types. */
  fixed?: readonly Item[];
  /** Those that are chosen already are not offered again. */
  isTaken?: (item: Item) => boolean;
  /** Others are likely to be picked after one. */
  staysOpen?: boolean;
  keyOf: (item: Item) => string;
  /** An item as one line of the list. */
  line: (item: Item) => ComponentChildren;
  /** How others are found; the default speaks of names. */
  hint?: string;
  /** What is said where nothing fits. */
  none: string;
  onPick: (item: Item) => void;
}

export function Combobox<Item>(props: ComboboxProps<Item>) {
  const { scope, keyOf } = props;
  // Null while nobody types.
  const [text, setText] = useState<string | null>(null);
  const [isOpen, setOpen] = useState(false);
  const [place, setPlace] = useState(0);
  const own = useId();
  const id = props.id ?? own;
  const list = useRef<HTMLDivElement>(null);
  const sought = (text ?? "").trim();
  const found = useAsked(isOpen && scope ? `${scope} ${sought}` : null, (signal) =>
    props.find(sought, signal),
  );
  const fitting = (found.data?.items ?? []).filter((item) => !props.isTaken?.(item));
  const items = itemsOf(fitting, props.fixed ?? [], sought, found.data !== null);
  const chosen = isOpen ? items[place] : undefined;
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [place]);
  const close = () => {
    setOpen(false);
    setText(null);
    setPlace(0);
  };
  const pick = (item: Item) => {
    props.onPick(item);
    close();
    if (props.staysOpen) setOpen(true);
  };
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && !isOpen) setOpen(true);
    else if (step) setPlace((last) => Math.min(Math.max(last + step, 0), items.length - 1));
    else if (event.key === "Enter" && isOpen) {
      if (chosen !== undefined) pick(chosen);
    } else if (event.key === "Escape" && isOpen) {
      // A dialog around it stays.
      event.stopPropagation();
      close();
    } else return;
    event.preventDefault();
  };
  return (
    <div class="picker">
      <input
        id={id}
        type="text"
        role="combobox"
        autoComplete="off"
        required={props.isRequired}
        aria-label={props.id ? undefined : props.label}
        aria-expanded={isOpen}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={chosen === undefined ? undefined : `${id}-${place}`}
        placeholder={props.placeholder ?? props.label}
        value={text ?? props.shown ?? ""}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setPlace(0);
          setOpen(true);
        }}
        onFocus={(event) => {
          event.currentTarget.select();
          // What is chosen already is not covered before somebody asks for others.
          if (props.shown === undefined) setOpen(true);
        }}
        onClick={() => setOpen(true)}
        onBlur={() => setTimeout(close, 150)}
        onKeyDown={press}
      />
      {props.shown !== undefined && <Icon name="down" size={12} />}
      <div
        class="options"
        role="listbox"
        id={`${id}-list`}
        aria-label={props.noun}
        hidden={!isOpen}
        ref={list}
      >
        {items.map((item, at) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox has the keys
          // biome-ignore lint/a11y/useFocusableInteractive: the combobox keeps the focus
          <div
            key={keyOf(item)}
            id={`${id}-${at}`}
            role="option"
            aria-selected={at === place}
            class="option"
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => pick(item)}
          >
            {props.line(item)}
          </div>
        ))}
        {found.isAsking && isOpen && !found.data && <Remark>Looking…</Remark>}
        {found.problem && <Remark>{found.problem.message}</Remark>}
        {found.data && !fitting.length && <Remark>{props.none}</Remark>}
        {found.data?.next_cursor && (
          <Remark>
            The first {fitting.length}. {props.hint ?? "Type a part of the name to find others."}
          </Remark>
        )}
      </div>
    </div>
  );
}

/** Nothing can be chosen before what is typed has been looked for. */
function itemsOf<Item>(
  found: readonly Item[],
  fixed: readonly Item[],
  sought: string,
  isFound: boolean,
): readonly Item[] {
  if (!sought) return [...fixed, ...found];
  return isFound ? [...found, ...fixed] : [];
}

/** A line of the list that can't be chosen. */
function Remark({ children }: { children: ComponentChildren }) {
  return (
    <div class="option remark muted" role="option" tabIndex={-1} aria-selected="false" aria-disabled="true">
      {children}
    </div>
  );
}
