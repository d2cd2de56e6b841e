/** Runs that are laid over this one: found by name, shown by their colours, left out again. */

import { useState } from "preact/hooks";
import type { Run } from "../../../api/types.ts";
import { Swatch } from "../../../plot/Swatch.tsx";
import { Button } from "../../../ui/buttons.tsx";
import { Dialog } from "../../../ui/dialogs.tsx";
import { Status, Time } from "../../../ui/facts.tsx";
import { TextField } from "../../../ui/forms/fields.tsx";
import { Empty, ProblemNote, Waiting } from "../../../ui/notes.tsx";
import { useRunsCalled } from "./asked.ts";
import { MOST_OVER } from "./metricState.ts";

export function OverRuns(props: {
  run: Run;
  runs: Run[];
  over: string[];
  missing: string[];
  onOver: (over: string[]) => void;
}) {
  const { run, over, missing, onOver } = props;
  const [isOpen, setOpen] = useState(false);
  return (
    <div class="row over-runs">
      {props.runs.map((each, place) => (
        <span key={each.id} class="row nowrap over-run">
          <Swatch place={place} />
          {place === 0 ? (
            <span class="cut">{each.name}</span>
          ) : (
            <a href={`/runs/${each.id}?tab=metrics`}>{each.name}</a>
          )}
          {place > 0 && (
            <Button
              kind="quiet"
              icon="close"
              label={`Leave ${each.name} out`}
              onClick={() => onOver(over.filter((id) => id !== each.id))}
            />
          )}
        </span>
      ))}
      {missing.length > 0 && (
        <span class="row nowrap over-run muted">
          {missing.length === 1 ? "One run is" : `${missing.length} runs are`} deleted, or not yours to see
          <Button
            kind="quiet"
            icon="close"
            label="Leave them out"
            onClick={() => onOver(over.filter((id) => !missing.includes(id)))}
          />
        </span>
      )}
      {over.length < MOST_OVER ? (
        <Button kind="quiet" icon="plus" onClick={() => setOpen(true)}>
          Lay a run over it
        </Button>
      ) : (
        <span class="muted">{MOST_OVER + 1} runs are drawn at most.</span>
      )}
      {isOpen && (
        <RunDialog
          taken={[run.id, ...over]}
          onChosen={(id) => {
            setOpen(false);
            onOver([...over, id]);
          }}
          onClose={() => setOpen(false)}
        />
      )}
    </div>
  );
}

function RunDialog(props: { taken: string[]; onChosen: (id: string) => void; onClose: () => void }) {
  const [text, setText] = useState("");
  const asked = useRunsCalled(text.trim());
  const found = (asked.data?.items ?? []).filter((each) => !props.taken.includes(each.id));
  return (
    <Dialog title="Lay a run over it" onClose={props.onClose}>
      <TextField label="Search runs of the project" type="search" value={text} onInput={setText} />
      {asked.problem && <ProblemNote problem={asked.problem} again={asked.again} />}
      {!asked.data && !asked.problem && <Waiting />}
      {asked.data && !found.length && <Empty title="No other run is called so" />}
      <ul class="run-choices">
        {found.map((each) => (
          <li key={each.id}>
            <Button kind="quiet" onClick={() => props.onChosen(each.id)}>
              <span class="cut grow">{each.name}</span>
              <Status status={each.status} />
              <Time at={each.created_at} isAgo />
            </Button>
          </li>
        ))}
      </ul>
      {asked.data?.next_cursor && (
        <p class="muted">The newest {asked.data.items.length}. Type a part of the name to find others.</p>
      )}
    </Dialog>
  );
}
