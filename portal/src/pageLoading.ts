/** Loading the script of a page: tried again while the server is away, and anew after an update. */

import { toast } from "./ui/toasts.tsx";

const RETRY_MS = 2500;
const TRIES_BEFORE_RELOAD = 2;
const LEAST_BETWEEN_RELOADS_MS = 60_000;
const RELOADED = "barograph.reloaded";

export async function patiently<Module>(load: () => Promise<Module>): Promise<Module> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await load();
    } catch {
      if (tries === 1) toast("This page can't be loaded yet. It is tried again by itself.", "warn");
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      if (tries >= TRIES_BEFORE_RELOAD && (await serverAnswers())) reloadOnce();
    }
  }
}

/** The server has other scripts than this page knows of: it was updated. */
function reloadOnce(): void {
  const last = Number(sessionStorage.getItem(RELOADED) ?? 0);
  if (Date.now() - last < LEAST_BETWEEN_RELOADS_MS) return;
  sessionStorage.setItem(RELOADED, String(Date.now()));
  location.reload();
}

async function serverAnswers(): Promise<boolean> {
  try {
    return (await fetch("/health")).ok;
  } catch {
    return false;
  }
}
