/** What happens in the project while somebody looks, as far as it concerns people. */

import { signal } from "@preact/signals";
import { api, ask } from "../api/client.ts";
import type { ProjectEvent } from "../api/types.ts";
import { recall, remember } from "../settings.ts";
import { type Tone, toast } from "../ui/toasts.tsx";

const KEPT = 20;
const LOOK_MS = 5000;

/** What people want to hear of, and how it is said. */
const NEWS: Record<string, (data: ProjectEvent["data"]) => [string, Tone] | null> = {
  "alarm.raised": (data) => [`Alarm: ${data.sensor}`, data.level === "critical" ? "bad" : "warn"],
  "alarm.cleared": (data) => [`Alarm over: ${data.sensor}`, "ok"],
  "run.failed": (data) => [`Run failed: ${data.run}`, "bad"],
  "capture.failed": (data) => [`Capture ${data.ordinal} failed: ${data.run}`, "bad"],
  "backfill.failed": (data) => [`Backfill failed: ${data.reason}`, "bad"],
  "backfill.finished": (data) => (data.dry_run ? null : [`Backfill finished: ${data.reason}`, "ok"]),
  "import.finished": (data) => [
    `Import ${data.status}: ${data.file_name}`,
    data.status === "finished" ? "ok" : "bad",
  ],
  "export.finished": (data) => [`Export ${data.status}`, data.status === "finished" ? "ok" : "bad"],
  "producer.lost": (data) => [`Gateway lost: ${data.producer}`, "warn"],
  "webhook.switched_off": (data) => [`Webhook off: ${data.url}`, "bad"],
};
const NEWS_TYPES = Object.keys(NEWS);
/** Said for a moment as well, wherever somebody is. */
const SAID_AT_ONCE = new Set(["alarm.raised"]);

export interface NewsItem {
  id: string;
  time: string;
  text: string;
  tone: Tone;
  event: ProjectEvent;
}

/** Newest first. */
export const news = signal<NewsItem[]>([]);
export const newsSeen = signal(recall("news-seen") ?? "");

export function newsOf(event: ProjectEvent): NewsItem | null {
  const said = NEWS[event.type]?.(event.data);
  return said ? { id: event.id, time: event.time, text: said[0], tone: said[1], event } : null;
}

/** Those that were not known. */
export function keepNews(items: NewsItem[]): NewsItem[] {
  const known = new Set(news.value.map((each) => each.id));
  const added = items.filter((each) => !known.has(each.id));
  if (added.length)
    news.value = [...added, ...news.value].sort((a, b) => b.time.localeCompare(a.time)).slice(0, KEPT);
  return added;
}

export function seeNews(): void {
  newsSeen.value = news.value[0]?.time ?? newsSeen.value;
  remember("news-seen", newsSeen.value);
}

/**
 * Looks for the project's news now and then until it is called off. No stream: a browser has six connections to a
 * server for all its tabs, and a stream in each would take them all.
 */
export function followNews(project: string): () => void {
  let isOver = false;
  let isFirst = true;
  const look = () =>
    findNews(project)
      .then((items) => {
        if (isOver) return;
        const added = keepNews(items);
        if (!isFirst) added.filter((each) => SAID_AT_ONCE.has(each.event.type)).forEach(say);
        isFirst = false;
      })
      .catch(() => {}); // the next look tells it
  look();
  const timer = setInterval(() => document.hidden || look(), LOOK_MS);
  return () => {
    isOver = true;
    clearInterval(timer);
    news.value = [];
  };
}

function say(item: NewsItem): void {
  toast(item.text, item.tone);
}

async function findNews(project: string): Promise<NewsItem[]> {
  const params = { path: { project_id: project }, query: { type: NEWS_TYPES, limit: KEPT } };
  const page = await ask(api.GET("/api/v1/projects/{project_id}/events", { params }));
  return page.items.map(newsOf).filter((each) => each !== null);
}
