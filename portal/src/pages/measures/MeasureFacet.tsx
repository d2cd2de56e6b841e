/** Runs by their measures: conditions such as `max_p1>95`, and a column that orders the list. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import { everyItem } from "../../api/everyItem.ts";
import { projectId } from "../../session.ts";
import { SelectField, TextField } from "../../ui/forms/fields.tsx";
import { Facet } from "../../ui/lists/Facets.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { conditionOf, type RunFilters, type RunSort, sortedBy } from "../runs/list/runFilters.ts";

type Changed = Pick<RunFilters, "measures" | "sort">;

export function MeasureFacet(props: { filters: RunFilters; onChange: (changed: Partial<Changed>) => void }) {
  const { filters, onChange } = props;
  const project = projectId.value;
  const asked = useAsked(project && `measures over runs ${project}`, (signal) =>
    everyItem((query) => {
      const params = { path: { project_id: project ?? "" }, query };
      return ask(api.GET("/api/v1/projects/{project_id}/measures", { params, signal }));
    }),
  );
  const names = (asked.data ?? []).filter((each) => each.over === "run").map((each) => each.name);
  if (!names.length && !filters.measures.length) return null;
  const chosen = sortedBy(filters.sort) ?? "";
  const choices = [...new Set(["", ...(chosen ? [chosen] : []), ...names])];
  return (
    <Facet
      title="Measure"
      values={filters.measures.map((each) => ({
        value: each,
        label: each,
        count: undefined,
        isChosen: true,
      }))}
      onPick={(gone) => onChange({ measures: filters.measures.filter((each) => each !== gone) })}
    >
      <SelectField
        label="Column"
        value={chosen}
        choices={choices.map((name) => [name, name || "none"] as const)}
        onChange={(name) => onChange({ sort: (name ? `-measure:${name}` : "-created_at") as RunSort })}
      />
      <NewCondition
        example={`${names[0] ?? "max_p1"} > 95`}
        onDone={(condition) => onChange({ measures: [...new Set([...filters.measures, condition])] })}
      />
    </Facet>
  );
}

function NewCondition({ example, onDone }: { example: string; onDone: (condition: string) => void }) {
  const [text, setText] = useState("");
  const [isBad, setBad] = useState(false);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const condition = conditionOf(text);
        setBad(condition === null);
        if (condition === null) return;
        setText("");
        onDone(condition);
      }}
    >
      <TextField
        label="Only runs with"
        placeholder={example}
        hint="Enter adds it"
        value={text}
        onInput={setText}
        fault={isBad ? `A measure, one of > >= < <= =, and a number: ${example}` : null}
      />
    </form>
  );
}
