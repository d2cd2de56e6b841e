/** What people have noted about times, and what they note now. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { Annotation } from "../../api/types.ts";
import { learn, nameOf, sensorsById } from "../../sensors.ts";
import { projectId } from "../../session.ts";
import { RoleButton } from "../../ui/buttons.tsx";
import { Tags, Time } from "../../ui/facts.tsx";
import { FilterField } from "../../ui/lists/Facets.tsx";
import { useFilters } from "../../ui/lists/filtersInAddress.ts";
import { useList } from "../../ui/lists/lists.ts";
import { Empty } from "../../ui/notes.tsx";
import { Page, Panel } from "../../ui/Page.tsx";
import { type Column, ListTable } from "../../ui/tables/table.tsx";
import { RunFilter, SensorFilter } from "../parts/ItemFilters.tsx";
import { PeriodFilter, useBounds } from "../parts/PeriodFilter.tsx";
import { AnnotationForm } from "./AnnotationForm.tsx";
import { AnnotationRemoval } from "./AnnotationRemoval.tsx";
import { exploreAround } from "./annotations.ts";
import { JournalTabs } from "./JournalTabs.tsx";

export default function Annotations() {
  const project = projectId.value;
  const filters = useFilters(project && `annotations.${project}`);
  const [q, tag] = [filters.told("q"), filters.told("tag")];
  const [sensor, run] = [filters.told("sensor"), filters.told("run")];
  const bounds = useBounds(filters);
  const [edited, setEdited] = useState<Annotation | "new" | null>(null);
  const [doomed, setDoomed] = useState<Annotation | null>(null);
  const list = useList(
    project && `annotations ${project} ${JSON.stringify([q, tag, sensor, run, bounds])}`,
    (cursor, signal) => {
      const query = {
        limit: 100,
        cursor,
        sort: "-from" as const,
        ...(q ? { q } : {}),
        ...(tag ? { tag: [tag] } : {}),
        ...(sensor ? { sensor } : {}),
        ...(run ? { run } : {}),
        ...bounds,
      };
      const params = { path: { project_id: project ?? "" }, query };
      return ask(api.GET("/api/v1/projects/{project_id}/annotations", { params, signal })).then((page) => {
        learn(page.items.flatMap((each) => each.sensors));
        return page;
      });
    },
  );
  const close = () => {
    setEdited(null);
    setDoomed(null);
    list.again();
  };
  return (
    <Page
      title="Annotations"
      tools={
        <RoleButton least="editor" kind="primary" icon="plus" onClick={() => setEdited("new")}>
          Annotate
        </RoleButton>
      }
    >
      <JournalTabs />
      <Panel title="Annotations" isBare>
        <div class="filters">
          <FilterField filters={filters} name="q" label="Filter by text" />
          <FilterField filters={filters} name="tag" label="Tag" />
          <SensorFilter filters={filters} />
          <RunFilter filters={filters} />
          <PeriodFilter filters={filters} />
        </div>
        <ListTable
          label="Annotations"
          name="annotations"
          lines={2}
          list={list}
          keyOf={(each) => each.id}
          empty={
            filters.query ? (
              <Empty title="No annotation fits" />
            ) : (
              <Empty title="Nothing is noted">
                <p>Note what happened on the rig, and it stands in every plot of that time.</p>
              </Empty>
            )
          }
          columns={columns(setEdited, setDoomed)}
        />
      </Panel>
      {edited && <AnnotationForm edited={edited === "new" ? null : edited} onClose={close} />}
      {doomed && <AnnotationRemoval annotation={doomed} onDone={close} onClose={() => setDoomed(null)} />}
    </Page>
  );
}

function columns(
  edit: (annotation: Annotation) => void,
  remove: (annotation: Annotation) => void,
): Column<Annotation>[] {
  return [
    {
      name: "When",
      least: 214,
      grow: 0,
      cell: (each) => (
        <a href={exploreAround(each)} title="Show it in a plot">
          <Time at={each.from} />
        </a>
      ),
    },
    { name: "Until", least: 214, grow: 0, isExtra: true, cell: (each) => each.to && <Time at={each.to} /> },
    { name: "Note", least: 200, grow: 3, cell: (each) => each.text },
    { name: "Tags", least: 120, isExtra: true, cell: (each) => <Tags tags={each.tags} /> },
    { name: "Sensors", least: 130, isExtra: true, cell: (each) => <SensorNames ids={each.sensors} /> },
    {
      name: "",
      least: 90,
      cell: (each) => (
        <span class="row" style="flex-wrap: nowrap; gap: 0">
          <RoleButton least="editor" kind="quiet" icon="edit" label="Change" onClick={() => edit(each)} />
          <RoleButton least="editor" kind="quiet" icon="close" label="Delete" onClick={() => remove(each)} />
        </span>
      ),
    },
  ];
}

function SensorNames({ ids }: { ids: string[] }) {
  const known = sensorsById.value;
  return <span>{ids.map((id) => nameOf(known.get(id), id)).join(", ")}</span>;
}
