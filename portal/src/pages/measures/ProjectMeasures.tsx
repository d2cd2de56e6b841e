/** What the project measures of each run: defined once, computed whenever what it rests on changes. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { Measure, Project } from "../../api/types.ts";
import { RoleButton } from "../../ui/buttons.tsx";
import { SeenRemoval } from "../../ui/forms/Removal.tsx";
import { useList } from "../../ui/lists/lists.ts";
import { Panel } from "../../ui/Page.tsx";
import { ListTable } from "../../ui/tables/table.tsx";
import { MeasureForm } from "./MeasureForm.tsx";
import { definitionText } from "./measureText.ts";

export function ProjectMeasures({ project }: { project: Project }) {
  const [edited, setEdited] = useState<Measure | "new" | null>(null);
  const [doomed, setDoomed] = useState<Measure | null>(null);
  const list = useList(`measures ${project.id}`, (cursor, signal) => {
    const params = { path: { project_id: project.id }, query: { limit: 100, cursor } };
    return ask(api.GET("/api/v1/projects/{project_id}/measures", { params, signal }));
  });
  const done = () => {
    setEdited(null);
    setDoomed(null);
    list.again();
  };
  return (
    <Panel
      title="Measures"
      isBare
      tools={
        <RoleButton least="editor" icon="plus" onClick={() => setEdited("new")}>
          New measure
        </RoleButton>
      }
    >
      <ListTable
        label="Measures"
        list={list}
        keyOf={(measure) => measure.id}
        empty={
          <p class="muted body">
            None. A measure is a number about each run, such as its highest pressure, that stays right when
            readings come late or calibrations are corrected.
          </p>
        }
        columns={[
          { name: "Name", least: 120, cell: (measure) => measure.name },
          { name: "Is", least: 200, grow: 2, cell: definitionText },
          {
            name: "Of each",
            least: 100,
            isExtra: true,
            cell: overText,
          },
          { name: "Unit", least: 60, isExtra: true, cell: (measure) => measure.unit || "–" },
          {
            name: "",
            least: 90,
            cell: (measure) => (
              <span class="row" style="flex-wrap: nowrap; gap: 0">
                <RoleButton
                  least="editor"
                  kind="quiet"
                  icon="edit"
                  label="Change"
                  onClick={() => setEdited(measure)}
                />
                <RoleButton
                  least="editor"
                  kind="quiet"
                  icon="close"
                  label="Delete"
                  onClick={() => setDoomed(measure)}
                />
              </span>
            ),
          },
        ]}
      />
      {edited && (
        <MeasureForm
          project={project}
          measure={edited === "new" ? null : edited}
          onClose={() => setEdited(null)}
          onDone={done}
        />
      )}
      {doomed && <MeasureRemoval measure={doomed} onDone={done} onClose={() => setDoomed(null)} />}
    </Panel>
  );
}

function MeasureRemoval(props: { measure: Measure; onDone: () => void; onClose: () => void }) {
  const { measure } = props;
  const path = { measure_id: measure.id };
  return (
    <SeenRemoval
      title={`Delete ${measure.name}?`}
      item={measure}
      told={(item) => [
        ["Name", item.name],
        ["Is", definitionText(item)],
        ["Of each", overText(item)],
      ]}
      read={() => ask(api.GET("/api/v1/measures/{measure_id}", { params: { path } }))}
      act={(etag) => {
        const params = { path, header: { "if-match": etag } };
        return ask(api.DELETE("/api/v1/measures/{measure_id}", { params }));
      }}
      onDone={props.onDone}
      onClose={props.onClose}
    >
      <p>Its values of all runs go with it.</p>
    </SeenRemoval>
  );
}

function overText(measure: Measure): string {
  return measure.over === "run" ? "run" : "capture session";
}
