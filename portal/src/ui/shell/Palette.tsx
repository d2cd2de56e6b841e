/** Goes anywhere by typing: pages, and what the API finds by its name. Ctrl K opens it. */

import { useEffect, useId, useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, ask } from "../../api/client.ts";
import type { Found } from "../../api/types.ts";
import { projectId, turnTo } from "../../session.ts";
import { Dialog } from "../dialogs.tsx";
import { useAsked } from "../requests/asking.ts";
import { placeOf } from "./foundPlaces.ts";

interface Choice {
  key: string;
  kind: string;
  title: string;
  detail: string;
  go: () => void;
}

export function Palette(props: { pages: readonly { path: string; name: string }[]; onClose: () => void }) {
  const { route } = useLocation();
  const [text, setText] = useState("");
  const [place, setPlace] = useState(0);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const typed = text.trim();
  const found = useAsked(typed.length > 1 ? typed : null, (signal) =>
    ask(api.GET("/api/v1/search", { params: { query: { q: typed } }, signal })),
  );
  const leave = (address: string) => {
    props.onClose();
    route(address);
  };
  const pages: Choice[] = props.pages
    .filter((page) => page.name.toLowerCase().includes(typed.toLowerCase()))
    .map((page) => ({
      key: page.path,
      kind: "page",
      title: page.name,
      detail: "",
      go: () => leave(page.path),
    }));
  const things: Choice[] = (typed.length > 1 ? (found.data?.items ?? []) : []).map((each) => ({
    key: each.kind + each.id,
    kind: each.kind,
    title: each.title,
    detail: each.detail,
    go: () => goTo(each, leave),
  }));
  const choices = [...pages, ...things];
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [place]);
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setPlace((last) => Math.min(Math.max(last + step, 0), choices.length - 1));
    else if (event.key === "Enter") choices[place]?.go();
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Go to" onClose={props.onClose}>
      <div class="palette">
        <input
          type="text"
          role="combobox"
          autoFocus
          aria-label="Page, sensor, run, experiment…"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={choices[place] ? `${id}-${place}` : undefined}
          placeholder="Page, sensor, run, experiment…"
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setPlace(0);
          }}
          onKeyDown={press}
        />
        <div class="choices" role="listbox" id={`${id}-list`} aria-label="What fits" ref={list}>
          {choices.map((choice, at) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox has the keys
            // biome-ignore lint/a11y/useFocusableInteractive: the combobox keeps the focus
            <div
              key={choice.key}
              id={`${id}-${at}`}
              role="option"
              aria-selected={at === place}
              class="option"
              onMouseDown={(event) => event.preventDefault()}
              onClick={choice.go}
            >
              <span class="grow cut">{choice.title}</span>
              <span class="muted cut">{choice.detail}</span>
              <span class="badge">{choice.kind}</span>
            </div>
          ))}
          {!choices.length && (
            <div class="option muted" role="option" tabIndex={-1} aria-selected="false" aria-disabled="true">
              {found.isAsking ? "Looking…" : "Nothing fits"}
            </div>
          )}
        </div>
      </div>
    </Dialog>
  );
}

function goTo(each: Found, leave: (address: string) => void): void {
  if (each.project_id !== projectId.value) turnTo(each.project_id);
  leave(placeOf(each));
}
