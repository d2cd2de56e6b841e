/** Runs of a project whose names or notes hold a text, newest first. */

import { api, ask } from "../../api/client.ts";
import { OFFERED } from "../../ui/forms/Combobox.tsx";

export function findRuns(project: string, text: string, signal: AbortSignal) {
  const query = { limit: OFFERED, ...(text ? { q: text } : {}) };
  const params = { path: { project_id: project }, query };
  return ask(api.GET("/api/v1/projects/{project_id}/runs", { params, signal }));
}
