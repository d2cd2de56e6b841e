/** Who is logged in, and which project is looked at. */

import { computed, signal } from "@preact/signals";
import { api, ask, csrfToken, onLogInEnded, onRefused } from "./api/client.ts";
import { everyItem } from "./api/everyItem.ts";
import { type Problem, problemOf } from "./api/problems.ts";
import type { Account, Project, Role } from "./api/types.ts";
import { recall, remember, type Theme, theme, zone } from "./settings.ts";
import type { Zone } from "./times.ts";
import { isSomethingTyped } from "./ui/forms/typedForms.ts";
import { toast } from "./ui/toasts.tsx";

const THEMES: Theme[] = ["system", "light", "dark"];

/** `ended` is out without having wanted it: the page stays as it is until somebody logs in again. */
export type LogInState = "unknown" | "in" | "out" | "ended";

export const logIn = signal<LogInState>("unknown");
export const account = signal<Account | null>(null);
export const projects = signal<Project[]>([]);
export const projectId = signal<string | null>(null);
/** Where gateways send, as the API tells it. */
export const ingestUrl = signal("");
export const startProblem = signal<Problem | null>(null);
/** The project that is looked at; a page of one sensor or run turns to its own. */
export const project = computed(() => projects.value.find((each) => each.id === projectId.value) ?? null);
/** One that can't be read any more, while what was typed in it stands on the page. */
export const lostProject = signal<Project | null>(null);
export const role = computed<Role>(() => project.value?.role ?? "viewer");

const RANK: Record<Role, number> = { viewer: 0, editor: 1, owner: 2 };

/** Why the caller may not do this, or null. */
export function refusedFor(least: Role): string | null {
  if (RANK[role.value] >= RANK[least]) return null;
  return least === "owner"
    ? "Only owners of the project may do this."
    : "Viewers can't change anything: ask an owner of the project to make you an editor.";
}

/** Why the caller may not see raw values, or null. */
export function refusedRaw(): string | null {
  const isForEditors = project.value?.raw_access === "editors";
  return isForEditors && refusedFor("editor") ? "This project shows viewers physical values only." : null;
}

/** Reads who is logged in, and the projects; a browser without a session is logged out. */
export async function startSession(): Promise<void> {
  // Without the cookie there is no session: nothing needs to be asked.
  if (!csrfToken()) {
    logIn.value = "out";
    return;
  }
  try {
    const session = await ask(api.GET("/session"));
    account.value = session.account;
    ingestUrl.value = session.ingest_url;
    cookieSeen = csrfToken();
    takePreferences(session.account);
    await readProjects();
    startProblem.value = null;
    logIn.value = "in";
  } catch (error) {
    const problem = problemOf(error);
    if (problem.status === 401) logIn.value = "out";
    else startProblem.value = problem;
  }
}

/** What the account prefers holds in a browser in which nothing else was chosen. */
function takePreferences({ preferences }: Account): void {
  const { zone: ofZone, theme: ofTheme } = preferences as { zone?: unknown; theme?: unknown };
  if (recall("zone") === null && (ofZone === "utc" || ofZone === "local")) zone.value = ofZone;
  const kept = THEMES.find((each) => each === ofTheme);
  if (recall("theme") === null && kept) theme.value = kept;
}

export function chooseZone(chosen: Zone): void {
  zone.value = chosen;
  remember("zone", chosen);
  prefer("zone", chosen);
}

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  remember("theme", chosen);
  prefer("theme", chosen);
}

/** What the account's owner prefers by a name, such as the columns of a table. */
export function preferred(name: string): unknown {
  return account.value?.preferences[name];
}

/** Keeps it with the account, for other browsers too. What a link brought for a while is not among it. */
export async function prefer(name: string, value: unknown): Promise<void> {
  const me = account.value;
  if (!me) return;
  const preferences = { ...me.preferences, [name]: value };
  account.value = { ...me, preferences };
  try {
    await ask(api.PATCH("/auth/me", { body: { preferences } }));
  } catch {
    // This browser looks as it was told all the same; the next change tells it again.
  }
}

export async function readProjects(): Promise<void> {
  const found = await everyItem((query) => ask(api.GET("/api/v1/projects", { params: { query } })));
  const before = project.value;
  const isGone = before !== null && !found.some((each) => each.id === before.id);
  if (isGone && isSomethingTyped()) {
    projects.value = [...found, before];
    lostProject.value = before;
    return;
  }
  projects.value = found;
  if (isGone && !lostProject.value) toast(lostText(before), "bad");
  lostProject.value = null;
  if (!project.value) projectId.value = await firstProject(found);
}

export function lostText({ name }: Project): string {
  return `You are no longer in the project “${name}”, or it was deleted.`;
}

/** Away from a project that is lost, and from what was typed there. */
export async function leaveLost(): Promise<void> {
  const lost = lostProject.value;
  projects.value = projects.value.filter((each) => each.id !== lost?.id);
  lostProject.value = null;
  projectId.value = await firstProject(projects.value);
}

/** Turns to a project; the next visit begins there. */
export function turnTo(id: string): void {
  if (!projects.value.some((each) => each.id === id)) return;
  if (lostProject.value && lostProject.value.id !== id) {
    projects.value = projects.value.filter((each) => each.id !== lostProject.value?.id);
    lostProject.value = null;
  }
  projectId.value = id;
  remember("project", id);
}

export async function endSession(): Promise<void> {
  await ask(api.DELETE("/session"));
  account.value = null;
  projects.value = [];
  projectId.value = null;
  logIn.value = "out";
}

export function logInEnded(): void {
  if (logIn.value === "in") logIn.value = "ended";
}

/** After a log-in over a page that has stayed; what belongs to another account is left behind. */
export async function resumeSession(): Promise<void> {
  const session = await ask(api.GET("/session"));
  if (session.account.id !== account.value?.id) return location.reload();
  cookieSeen = csrfToken();
  await readProjects();
  logIn.value = "in";
}

onLogInEnded(logInEnded);

/** All tabs of a browser have one cookie: another may have logged somebody else in. */
let cookieSeen = "";

addEventListener("focus", () => {
  if (logIn.value !== "in" || csrfToken() === cookieSeen) return;
  resumeSession().catch(() => {
    // The next call says what is wrong.
  });
});

/** A role may be taken or given while a page is open. */
const ROLES_READ_MS = 30_000;
let rolesReadMs = 0;

async function readRoles(): Promise<void> {
  rolesReadMs = Date.now();
  try {
    await readProjects();
  } catch {
    // It is read again.
  }
}

onRefused(() => {
  if (logIn.value === "in" && Date.now() - rolesReadMs > 1000) readRoles();
});
setInterval(() => {
  if (logIn.value === "in" && !document.hidden) readRoles();
}, ROLES_READ_MS);

// A project of very many sensors takes longer to say when it last heard of one; no page waits for that.
const NEWEST_WITHIN_MS = 500;

/** The one in the address, the last one, or the one with the newest reading. */
async function firstProject(found: Project[]): Promise<string | null> {
  const named = new URLSearchParams(location.search).get("project") ?? recall("project");
  if (found.some((each) => each.id === named)) return named;
  if (found.length < 2) return found[0]?.id ?? null;
  let first = { id: found[0]?.id ?? null, newest: "" };
  const asked = found.slice(0, 10).map(async (each) => {
    const newest = await newestReading(each);
    if (newest > first.newest) first = { id: each.id, newest };
  });
  await Promise.race([Promise.all(asked), new Promise((go) => setTimeout(go, NEWEST_WITHIN_MS))]);
  return first.id;
}

async function newestReading(each: Project): Promise<string> {
  const params = { path: { project_id: each.id }, query: { sort: "-last_seen_at" as const, limit: 1 } };
  const page = await ask(api.GET("/api/v1/projects/{project_id}/sensors", { params }));
  return page.items[0]?.last_seen_at ?? "";
}
