/** Filters as part of the address; a visit to the page without any begins with those of the last one. */

import { useEffect, useRef } from "preact/hooks";
import { useLocation } from "preact-iso";
import { recall, remember } from "../../settings.ts";

/**
 * The address's query, and what puts another one there. While another page is being loaded the address is that page's
 * already: what is shown stays as it was.
 *
 * @param name Under which the query is remembered; null: it is not.
 */
export function useQuery(name: string | null): [query: string, change: (query: string) => void] {
  const { path, url, route } = useLocation();
  const ownPath = useRef(path);
  const last = useRef("");
  const isFirst = useRef(true);
  const isOwn = name === null || path === ownPath.current;
  if (isOwn) last.current = url.split("?")[1] ?? "";
  const query = last.current;
  const change = (next: string) => route(next ? `${path}?${next}` : path, true);
  useEffect(() => {
    if (name === null || !isOwn) return;
    const before = isFirst.current && !query ? recall(`filters.${name}`) : null;
    isFirst.current = false;
    if (before) change(before);
    else remember(`filters.${name}`, query);
  }, [name, query, isOwn]);
  return [query, change];
}

/** Filters by their names; one without a value is not in the address. */
export interface Filters {
  query: string;
  /** As it is typed: a blank at its end may be followed by another word. */
  typed: (filter: string) => string;
  told: (filter: string) => string;
  set: (values: Record<string, string>) => void;
}

export function useFilters(name: string | null): Filters {
  const [query, change] = useQuery(name);
  const search = new URLSearchParams(query);
  const typed = (filter: string) => search.get(filter) ?? "";
  return {
    query,
    typed,
    told: (filter) => typed(filter).trim(),
    set: (values) => {
      const next = new URLSearchParams(query);
      for (const [filter, value] of Object.entries(values))
        if (value) next.set(filter, value);
        else next.delete(filter);
      change(next.toString());
    },
  };
}
