/** What only some roles may see is not asked for by others: they read why. */

import type { ComponentChildren } from "preact";
import type { Role } from "../api/types.ts";
import { refusedFor, refusedRaw } from "../session.ts";
import { Empty } from "./notes.tsx";
import { Panel } from "./Page.tsx";

export function ForRole(props: { least: Role; title: string; children: ComponentChildren }) {
  if (refusedFor(props.least) === null) return <>{props.children}</>;
  return (
    <Panel title={props.title}>
      <Empty
        title={
          props.least === "owner" ? "For owners of the project" : "For editors and owners of the project"
        }
      >
        <p>Ask an owner for this role.</p>
      </Empty>
    </Panel>
  );
}

/** The same of what holds raw values, where the project shows these to editors only. */
export function ForRaw(props: { title: string; children: ComponentChildren }) {
  const refused = refusedRaw();
  if (refused === null) return <>{props.children}</>;
  return (
    <Panel title={props.title}>
      <Empty title="Raw values are for editors and owners">
        <p>{refused}</p>
      </Empty>
    </Panel>
  );
}

/** Above a form that the caller may read and fill in, but not send. */
export function RoleNote({ least }: { least: Role }) {
  const refused = refusedFor(least);
  return refused && <p class="note warn">{refused}</p>;
}
