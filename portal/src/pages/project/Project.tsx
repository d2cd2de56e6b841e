/** The project: its settings, its people, what may send, who did what. */

import { useLocation } from "preact-iso";
import { project } from "../../session.ts";
import { ForRole } from "../../ui/ForRole.tsx";
import { Empty } from "../../ui/notes.tsx";
import { Page, Panel } from "../../ui/Page.tsx";
import { ProjectMeasures } from "../measures/ProjectMeasures.tsx";
import { AuditLog } from "./AuditLog.tsx";
import { Members } from "./Members.tsx";
import { NewProject } from "./NewProject.tsx";
import { ServiceAccounts } from "./ServiceAccounts.tsx";
import { ProjectSettings } from "./Settings.tsx";
import { Tokens } from "./Tokens.tsx";
import { Webhooks } from "./webhooks/Webhooks.tsx";

const TABS = [
  ["settings", "Settings", ProjectSettings, "viewer"],
  ["measures", "Measures", ProjectMeasures, "viewer"],
  ["members", "Members", Members, "viewer"],
  ["tokens", "Gateway tokens", Tokens, "editor"],
  ["services", "Service accounts", ServiceAccounts, "owner"],
  ["webhooks", "Webhooks", Webhooks, "owner"],
  ["audit", "Audit", AuditLog, "viewer"],
] as const;

export default function ProjectPage() {
  const { path, query, route } = useLocation();
  const chosen = TABS.find(([name]) => name === query.tab) ?? TABS[0];
  const Shown = chosen[2];
  const item = project.value;
  return (
    <Page title={item?.name ?? "Project"}>
      <div class="tabs" role="tablist" aria-label="Parts of the project">
        {TABS.map(([name, title]) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            aria-controls="tab-panel"
            aria-selected={chosen[0] === name}
            onClick={() => route(`/project?tab=${name}`)}
          >
            {title}
          </button>
        ))}
      </div>
      <div id="tab-panel" role="tabpanel" aria-labelledby={`tab-${chosen[0]}`} class="stack">
        {item ? (
          <ForRole least={chosen[3]} title={chosen[1]}>
            <Shown key={item.id} project={item} />
          </ForRole>
        ) : (
          <Panel>
            <Empty title="You are in no project yet">
              <p>Make one, or ask somebody to invite you.</p>
            </Empty>
          </Panel>
        )}
      </div>
      {path === "/project/new" && <NewProject onClose={() => route("/project", true)} />}
    </Page>
  );
}
