/** Who did what to what, with what was before and after. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { AuditEntry, Project } from "../../api/types.ts";
import { Button } from "../../ui/buttons.tsx";
import { Dialog } from "../../ui/dialogs.tsx";
import { Facts, Time } from "../../ui/facts.tsx";
import { FilterField } from "../../ui/lists/Facets.tsx";
import { useFilters } from "../../ui/lists/filtersInAddress.ts";
import { useList } from "../../ui/lists/lists.ts";
import { Empty } from "../../ui/notes.tsx";
import { Panel } from "../../ui/Page.tsx";
import { ListTable } from "../../ui/tables/table.tsx";
import { PeriodFilter, useBounds } from "../parts/PeriodFilter.tsx";

export function AuditLog({ project }: { project: Project }) {
  // Beside the tab in the same address.
  const filters = useFilters(null);
  const [action, kind] = [filters.told("action"), filters.told("kind")];
  const bounds = useBounds(filters);
  const [opened, setOpened] = useState<AuditEntry | null>(null);
  const list = useList(
    `audit ${project.id} ${action} ${kind} ${JSON.stringify(bounds)}`,
    (cursor, signal) => {
      const query = {
        limit: 100,
        cursor,
        ...(action ? { action } : {}),
        ...(kind ? { kind } : {}),
        ...bounds,
      };
      return ask(
        api.GET("/api/v1/projects/{project_id}/audit", {
          params: { path: { project_id: project.id }, query },
          signal,
        }),
      );
    },
  );
  return (
    <Panel title="Audit" isBare>
      <div class="filters">
        <FilterField filters={filters} name="action" label="Action, such as sensor.create" />
        <FilterField filters={filters} name="kind" label="Of what, such as sensor" />
        <PeriodFilter filters={filters} />
      </div>
      <ListTable
        label="Audit log"
        name="audit"
        list={list}
        keyOf={(entry) => String(entry.number)}
        empty={<Empty title="Nothing fits" />}
        columns={[
          { name: "When", least: 214, grow: 0, cell: (entry) => <Time at={entry.at} /> },
          { name: "Who", least: 150, cell: (entry) => entry.actor_name },
          { name: "Action", least: 170, cell: (entry) => <code>{entry.action}</code> },
          { name: "Of", least: 110, isExtra: true, cell: (entry) => entry.kind },
          {
            name: "",
            least: 100,
            cell: (entry) => (
              <Button kind="quiet" onClick={() => setOpened(entry)}>
                Change
              </Button>
            ),
          },
        ]}
      />
      {opened && <EntryDialog entry={opened} onClose={() => setOpened(null)} />}
    </Panel>
  );
}

function EntryDialog({ entry, onClose }: { entry: AuditEntry; onClose: () => void }) {
  const names = [...new Set([...Object.keys(entry.before ?? {}), ...Object.keys(entry.after ?? {})])];
  const shown = (value: unknown) => <code>{value === undefined ? "–" : JSON.stringify(value)}</code>;
  return (
    <Dialog title={entry.action} isWide onClose={onClose}>
      <div class="stack">
        <Facts
          items={[
            ["When", <Time key="t" at={entry.at} />],
            ["Who", `${entry.actor_name}${entry.role ? `, ${entry.role}` : ""}`],
            ["From", entry.address ?? "–"],
            ["Request", <code key="r">{entry.request_id}</code>],
            ["Subject", <code key="s">{entry.subject_id}</code>],
          ]}
        />
        {names.length > 0 && (
          <Facts
            items={names.map((name) => [
              name,
              <span key={name}>
                {shown(entry.before?.[name])} → {shown(entry.after?.[name])}
              </span>,
            ])}
          />
        )}
      </div>
    </Dialog>
  );
}
