/** What only some roles may see is not asked for by others: they read why. */

import type { ComponentChildren } from "preact";
import type { Role } from "../api/types.ts";
import { refusedFor } from "../session.ts";
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
