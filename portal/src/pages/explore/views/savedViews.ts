/** A kept view as the API holds it: the page and its address, with a version of this form. Pure. */

import type { SavedView } from "../../../api/types.ts";

export type ViewPage = "/live" | "/explore";

export function specOf(page: ViewPage, query: string): { [name: string]: unknown } {
  return { version: 1, page, query };
}

/** The query of a kept view, or null if it is of a form that this page does not know. */
export function queryOf(view: Pick<SavedView, "spec">): string | null {
  const { version, query } = view.spec;
  return version === 1 && typeof query === "string" ? query : null;
}

/** Where a kept view is shown, or null. */
export function addressOf(view: Pick<SavedView, "spec">): string | null {
  const query = queryOf(view);
  const page = view.spec.page === "/live" ? "/live" : "/explore";
  return query === null ? null : `${page}?${query}`;
}
