/** The files of all runs: the models in force first of all. */

import { api, ask } from "../../api/client.ts";
import { projectId } from "../../session.ts";
import { useQuery } from "../../ui/lists/filtersInAddress.ts";
import { useList } from "../../ui/lists/lists.ts";
import { Empty } from "../../ui/notes.tsx";
import { Page, Panel } from "../../ui/Page.tsx";
import { FileTable } from "./FileTable.tsx";
import { ProjectRoom } from "./ProjectRoom.tsx";
import "../../style/files.css";

const REFRESH_MS = 10_000;

const VIEWS = [
  ["approved", "Approved, the last of each name"],
  ["ready", "Waiting for approval"],
  ["all", "All"],
] as const;
type View = (typeof VIEWS)[number][0];

export default function Files() {
  const project = projectId.value;
  const [query, change] = useQuery("files");
  const asked = new URLSearchParams(query);
  const view = (VIEWS.find(([name]) => name === asked.get("show"))?.[0] ?? "approved") as View;
  const kind = asked.get("kind") ?? "";
  const q = asked.get("q") ?? "";
  const set = (name: string, value: string) => {
    const next = new URLSearchParams(query);
    if (value) next.set(name, value);
    else next.delete(name);
    change(next.toString());
  };
  const list = useList(
    project && `files ${project} ${query}`,
    (cursor, signal) => {
      const filters = {
        limit: 50,
        cursor,
        ...(kind ? { kind } : {}),
        ...(q ? { q } : {}),
        ...(view === "approved" ? { approved: true, latest: true } : {}),
        ...(view === "ready" ? { status: "ready" as const } : {}),
      };
      const params = { path: { project_id: project ?? "" }, query: filters };
      return ask(api.GET("/api/v1/projects/{project_id}/artifacts", { params, signal }));
    },
    REFRESH_MS,
  );
  return (
    <Page title="Files">
      <Panel title="Files" isBare>
        <div class="filters">
          <select
            aria-label="Which files"
            value={view}
            onChange={(event) => set("show", event.currentTarget.value)}
          >
            {VIEWS.map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
          <input
            type="search"
            aria-label="Kind"
            placeholder="Kind, such as model"
            value={kind}
            onChange={(event) => set("kind", event.currentTarget.value.trim())}
          />
          <input
            type="search"
            aria-label="Name"
            placeholder="Stands in the name"
            value={q}
            onInput={(event) => set("q", event.currentTarget.value)}
          />
        </div>
        {project && <ProjectRoom project={project} />}
        <FileTable
          name="files"
          list={list}
          hasRun
          empty={
            <Empty title={view === "approved" ? "No file is approved yet" : "No such files"}>
              {!kind && !q && (
                <>
                  <p>Files are added on the page of a run, and approved there or here.</p>
                  <a class="button" href="/runs">
                    Runs
                  </a>
                </>
              )}
            </Empty>
          }
        />
      </Panel>
    </Page>
  );
}
