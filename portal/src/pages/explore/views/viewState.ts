/** The view as a state of the page, and its address: a finished zoom is a step that Back undoes. */

import { useEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { readView, type View, writeView } from "../../../view.ts";

/** `moving` is one of many steps of a gesture; `done` ends it, or is a change by itself. */
export type Step = "moving" | "done";

const LEAST_MS = 150;

export interface ViewState {
  view: View;
  change: (view: View, step?: Step) => void;
  first: View;
}

export function useView(path: string): ViewState {
  const { url } = useLocation();
  const [view, setView] = useState(() => readView(location.search));
  const first = useRef(view);
  const isMoving = useRef(false);
  const written = useRef({ at: 0, query: location.search.slice(1) });
  useEffect(() => {
    const follow = () => {
      // While the next page is loaded, this one still stands under its address.
      if (location.pathname !== path && location.pathname !== "/") return;
      written.current.query = location.search.slice(1);
      setView(readView(location.search));
    };
    follow();
    addEventListener("popstate", follow);
    return () => removeEventListener("popstate", follow);
  }, [url]);
  const change = (next: View, step: Step = "done") => {
    setView(next);
    const query = writeView(next);
    if (query === written.current.query && step === "done") {
      isMoving.current = false;
      return;
    }
    const isNew = !isMoving.current;
    isMoving.current = step === "moving";
    // Browsers refuse more than some hundred changes of the address in a minute.
    if (!isNew && step === "moving" && performance.now() - written.current.at < LEAST_MS) return;
    written.current = { at: performance.now(), query };
    if (isNew) history.pushState(null, "", `${path}?${query}`);
    else history.replaceState(null, "", `${path}?${query}`);
  };
  return { view, change, first: first.current };
}
