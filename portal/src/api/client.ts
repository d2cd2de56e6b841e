/** Calls of the API, with the types of its document. The browser's cookie logs in. */

import createClient, { type Middleware } from "openapi-fetch";
import { knownAnswers } from "./known.ts";
import type { paths } from "./openapi.d.ts";
import { Problem } from "./problems.ts";

const CSRF_COOKIE = "barograph-csrf";

type Listener = () => void;

/**
 * Told when a call finds that the log-in has ended, and when one is refused for want of a right:
 * to somebody who is no member of a project, there is no such project.
 */
const enders = new Set<Listener>();
const refusers = new Set<Listener>();

export function onLogInEnded(listener: Listener): void {
  enders.add(listener);
}

export function onRefused(listener: Listener): void {
  refusers.add(listener);
}

/** The cookie that scripts may read; a change must carry what it holds. */
export function csrfToken(cookies: string = document.cookie): string {
  const entry = cookies.split("; ").find((each) => each.startsWith(`${CSRF_COOKIE}=`));
  return entry ? decodeURIComponent(entry.slice(CSRF_COOKIE.length + 1)) : "";
}

const intent: Middleware = {
  onRequest({ request }) {
    if (request.method !== "GET") request.headers.set("X-CSRF-Token", csrfToken());
    return request;
  },
  onResponse({ response, schemaPath }) {
    if (response.status === 401 && !schemaPath.startsWith("/session")) for (const tell of enders) tell();
    const isOfProject = schemaPath.startsWith("/api/v1/projects/{project_id}");
    if (response.status === 403 || (response.status === 404 && isOfProject))
      for (const tell of refusers) tell();
    return response;
  },
};

export const api = createClient<paths>({ baseUrl: location.origin });
// The last is asked first: it hears of answers as they came.
api.use(intent, knownAnswers);

interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** The answer's data, or its problem thrown. What is answered as text is another form of the same. */
export async function ask<Data>(call: Promise<Answer<Data>>): Promise<Exclude<Data, undefined | string>> {
  const { data, error, response } = await call;
  if (!response.ok) throw new Problem(response.status, error, response.headers.get("Retry-After"));
  return data as Exclude<Data, undefined | string>;
}

/** A key for a call that creates: a repeat of the same call is done once. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** For the header `If-Match`: the version that was seen. */
export function etagOf(item: { version: number }): string {
  return `"${item.version}"`;
}
