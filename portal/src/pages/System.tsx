/** How everything does, for admins: what is wrong stands first, with what to do about it. */

import { api, ask } from "../api/client.ts";
import type { SystemState } from "../api/types.ts";
import { bytesText, countText } from "../numbers.ts";
import { account } from "../session.ts";
import { durationText, SECOND } from "../times.ts";
import { Badge, Facts, Meter } from "../ui/facts.tsx";
import { Answered, Empty } from "../ui/notes.tsx";
import { Page, Panel } from "../ui/Page.tsx";
import { useAsked } from "../ui/requests/asking.ts";
import { Table } from "../ui/tables/table.tsx";
import { Archived, filedText } from "./parts/Archived.tsx";

const REFRESH_MS = 5000;

export default function System() {
  const isAdmin = account.value?.is_admin ?? false;
  const asked = useAsked(
    isAdmin ? "system" : null,
    (signal) => ask(api.GET("/api/v1/system", { signal })),
    REFRESH_MS,
  );
  return (
    <Page title="System">
      {isAdmin ? (
        <Answered asked={asked}>{(state) => <State state={state} />}</Answered>
      ) : (
        <Panel>
          <Empty title="This is for admins">
            <p>An admin sees here what runs, what waits, and what room is left.</p>
          </Empty>
        </Panel>
      )}
    </Page>
  );
}

function State({ state }: { state: SystemState }) {
  return (
    <>
      <Problems state={state} />
      <div class="cards">
        <Panel title="Ingest">
          <Facts
            items={[
              ["Gateways that stream", countText(state.ingest.connected)],
              ["Readings a second", countText(Math.round(state.ingest.rate_hz))],
              ["Rejected in an hour", countText(state.ingest.rejected_1h)],
              ["Live streams", countText(state.live.streams)],
            ]}
          />
        </Panel>
        <Panel title="Work">
          <Facts
            items={[
              ["To be rolled up", `${countText(state.work.windows)} minutes`],
              ["The oldest waits for", secondsText(state.work.oldest_s)],
              ["Failed, tried again", countText(state.work.held)],
              ["Backfills", `${state.work.backfills} open, ${state.work.backfills_paused} paused`],
              ["Imports", countText(state.work.imports)],
            ]}
          />
        </Panel>
        <Panel title="Database">
          <Facts
            items={[
              ["PostgreSQL", state.database.version],
              ["TimescaleDB", `${state.database.timescaledb ?? "–"} (${state.database.edition ?? "–"})`],
              ["Size", bytesText(state.database.bytes)],
              ["Of readings", bytesText(state.database.reading_bytes)],
              ["Oldest transaction", secondsText(state.database.oldest_transaction_s)],
            ]}
          />
        </Panel>
        <Panel title="Archive">
          <Facts
            items={[
              ["In files", <Archived key="a" archive={state.archive} />],
              [
                "Readings go there",
                `${filedText(state.archive.after_days)}, unless a project says otherwise`,
              ],
              ["Files at fault", countText(state.archive.faulty)],
            ]}
          />
        </Panel>
        <Panel title="Machine">
          <Facts
            items={[
              [
                "Redis",
                <Badge key="r" tone={state.redis ? "ok" : "bad"}>
                  {state.redis ? "answers" : "away"}
                </Badge>,
              ],
              ["API since", secondsText(state.uptime_s)],
              ["Disk", <Disk key="d" state={state} />],
            ]}
          />
        </Panel>
      </div>
      <Panel title="Connections to the database" isBare>
        <Table
          label="Connections to the database"
          rows={state.programs}
          keyOf={(row) => `${row.role} ${row.name}`}
          columns={[
            { name: "As", cell: (row) => <code>{row.role}</code> },
            { name: "For", cell: (row) => row.name },
            { name: "Connections", isNumber: true, cell: (row) => row.connections },
          ]}
        />
      </Panel>
    </>
  );
}

function Problems({ state }: { state: SystemState }) {
  if (!state.problems.length)
    return (
      <div class="row">
        <Badge tone="ok">Nothing is wrong</Badge>
      </div>
    );
  return (
    <div class="stack">
      {state.problems.map((problem) => (
        <div key={problem.subject + problem.detail} class="note bad" role="alert">
          <strong>
            {problem.subject}: {problem.detail}
          </strong>
          <span>{problem.advice}</span>
        </div>
      ))}
    </div>
  );
}

function Disk({ state }: { state: SystemState }) {
  if (!state.disk) return <span class="muted">not seen from here</span>;
  const { total_bytes: total, free_bytes: free } = state.disk;
  return (
    <div class="stack" style="gap: 4px; min-width: 140px">
      <span>
        {bytesText(free)} of {bytesText(total)} free
      </span>
      <Meter share={1 - free / Math.max(total, 1)} label="Disk in use" />
    </div>
  );
}

function secondsText(seconds: number): string {
  return seconds < 1 ? "less than a second" : durationText(Math.round(seconds) * SECOND);
}
