/** The files of all runs: the models in force first of all. */

import { api, ask } from "../../api/client.ts";
import { projectId } from "../../session.ts";
import { ChoiceFilter, FilterField } from "../../ui/lists/Facets.tsx";
import { useFilters } from "../../ui/lists/filtersInAddress.ts";
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
  const filters = useFilters("files");
  const { told, set, query } = filters;
  const view = (VIEWS.find(([name]) => name === told("show"))?.[0] ?? "approved") as View;
  const [kind, q] = [told("kind"), told("q")];
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
          <ChoiceFilter label="Which files" value={view} choices={VIEWS} onChange={(show) => set({ show })} />
          <FilterField filters={filters} name="q" label="Filter by name" />
          <FilterField filters={filters} name="kind" label="Kind, such as model" />
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
