/** What somebody who is in no project sees at the addresses that are of one. */

import { readProjects } from "../../session.ts";
import { Button } from "../../ui/buttons.tsx";
import { Empty } from "../../ui/notes.tsx";
import { Page, Panel } from "../../ui/Page.tsx";
import { toastProblem } from "../../ui/toasts.tsx";

// These are there without one.
const OF_NO_PROJECT = ["/project/new", "/account", "/system"];

export function needsProject(path: string): boolean {
  return !OF_NO_PROJECT.includes(path);
}

export function NoProject() {
  return (
    <Page title="Welcome">
      <Panel>
        <Empty title="You are in no project">
          <p>
            A project is a rig, or a campaign: its sensors, what they measure, and the people who see it. Make
            one, or ask somebody for an invitation to theirs: once you have opened its link, look again.
          </p>
          <div class="row" style="justify-content: center">
            <a class="button primary" href="/project/new">
              Make a project
            </a>
            <Button onClick={() => readProjects().catch(toastProblem)}>Look again</Button>
          </div>
        </Empty>
      </Panel>
    </Page>
  );
}
