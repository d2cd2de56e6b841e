/** All runs of the project: found, tagged, ended, compared. */

import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { RoleButton } from "../../ui/buttons.tsx";
import { Empty } from "../../ui/notes.tsx";
import { Page, Panel } from "../../ui/Page.tsx";
import { RunList } from "./list/RunList.tsx";
import { NewRun } from "./NewRun.tsx";

export default function Runs() {
  const { route } = useLocation();
  const [isNew, setNew] = useState(false);
  return (
    <Page
      title="Runs"
      tools={
        <RoleButton least="editor" kind="primary" icon="plus" onClick={() => setNew(true)}>
          New run
        </RoleButton>
      }
    >
      <Panel isBare>
        <RunList
          empty={
            <Empty title="No runs yet">
              <p>A run is one trial: it names its sensors, and has sessions of capture.</p>
            </Empty>
          }
        />
      </Panel>
      {isNew && <NewRun onClose={() => setNew(false)} onMade={(run) => route(`/runs/${run.id}`)} />}
    </Page>
  );
}
