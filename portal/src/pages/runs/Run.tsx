/** One run: its state and what may become of it, its sessions, its sensors, its history. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useRoute } from "preact-iso";
import { api, ask, etagOf } from "../../api/client.ts";
import type { Overview, Run as RunItem, RunStatus } from "../../api/types.ts";
import { fixedRange, type Range } from "../../ranges.ts";
import { keep } from "../../sensors.ts";
import { turnTo } from "../../session.ts";
import { durationText, HOUR, MINUTE, parseTime } from "../../times.ts";
import { RoleButton } from "../../ui/buttons.tsx";
import { Facts, Status, Tags, Time } from "../../ui/facts.tsx";
import { ItemPage } from "../../ui/ItemPage.tsx";
import { ProblemNote } from "../../ui/notes.tsx";
import { Page, Panel } from "../../ui/Page.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { useReadAgain, useSending } from "../../ui/requests/sending.ts";
import { RunFiles } from "../files/RunFiles.tsx";
import { RunMeasures } from "../measures/RunMeasures.tsx";
import { RunMetrics } from "./metrics/RunMetrics.tsx";
import { RunPlots } from "./plots/RunPlots.tsx";
import { RunHistory } from "./RunHistory.tsx";
import { RunSensors } from "./RunSensors.tsx";
import { RunSessions } from "./RunSessions.tsx";
import { RunTabs, useRunTab } from "./RunTabs.tsx";
import "../../style/live.css";

const REFRESH_MS = 4000;

/** As the API allows them; whatever it refuses is told by its own words. */
const MOVES: Record<RunStatus, [RunStatus, string][]> = {
  draft: [
    ["running", "Start run"],
    ["archived", "Archive"],
  ],
  running: [
    ["finished", "Finish"],
    ["failed", "It failed"],
  ],
  finished: [["archived", "Archive"]],
  failed: [["archived", "Archive"]],
  archived: [],
};

export default function RunPage() {
  const id = useRoute().params.id ?? "";
  const asked = useAsked(
    `run ${id}`,
    (signal) => ask(api.GET("/api/v1/runs/{run_id}/overview", { params: { path: { run_id: id } }, signal })),
    REFRESH_MS,
  );
  useEffect(() => {
    if (!asked.data) return;
    keep(asked.data.sensors);
    turnTo(asked.data.run.project_id);
  }, [asked.data]);
  return (
    <ItemPage title="Run" asked={asked}>
      {(overview) => <Known overview={overview} again={asked.again} />}
    </ItemPage>
  );
}

function Known({ overview, again }: { overview: Overview; again: () => void }) {
  const { run } = overview;
  const move = useSending(
    async (_key: string, status: RunStatus) =>
      ask(
        api.PATCH("/api/v1/runs/{run_id}", {
          params: { path: { run_id: run.id }, header: { "if-match": etagOf(run) } },
          body: { status },
        }),
      ),
    again,
  );
  useReadAgain(move.problem, again);
  const tab = useRunTab();
  return (
    <Page
      title={run.name}
      head={<Status status={run.status} />}
      tools={MOVES[run.status].map(([status, name], place) => (
        <RoleButton
          key={status}
          least="editor"
          kind={place === 0 && status !== "archived" ? "primary" : undefined}
          isBusy={move.isBusy}
          onClick={() => move.send(status)}
        >
          {name}
        </RoleButton>
      ))}
    >
      {move.problem && <ProblemNote problem={move.problem} />}
      <RunTabs runId={run.id} tab={tab} />
      {tab === "metrics" ? (
        <div class="stack">
          <RunMetrics key={run.id} run={run} />
          <RunMeasures run={run} />
        </div>
      ) : (
        <Overviewed overview={overview} again={again} />
      )}
    </Page>
  );
}

function Overviewed({ overview, again }: { overview: Overview; again: () => void }) {
  const { run } = overview;
  const [range] = useState(() => rangeOf(run));
  return (
    <>
      <div class="columns">
        <RunFacts run={run} />
        <RunSessions
          run={run}
          sessions={overview.capture_sessions}
          total={overview.capture_sessions_total}
          again={again}
        />
      </div>
      {range && overview.sensors_total > 0 && <RunPlots key={run.id} overview={overview} range={range} />}
      <div class="columns">
        <RunSensors run={run} sensors={overview.sensors} total={overview.sensors_total} again={again} />
        <RunHistory run={run} />
      </div>
      <RunFiles run={run} />
    </>
  );
}

function RunFacts({ run }: { run: RunItem }) {
  const params = Object.entries(run.params ?? {});
  const experiment = useAsked(run.experiment_id, (signal) => {
    const path = { experiment_id: run.experiment_id };
    return ask(api.GET("/api/v1/experiments/{experiment_id}", { params: { path }, signal }));
  });
  return (
    <Panel title="Facts">
      <Facts
        items={[
          [
            "Experiment",
            <a key="e" href={`/experiments/${run.experiment_id}`}>
              {experiment.data?.name ?? "…"}
            </a>,
          ],
          ["Started", <Time key="s" at={run.started_at} />],
          ["Finished", <Time key="f" at={run.finished_at} />],
          ["Took", run.duration_s === null ? "–" : durationText(run.duration_s * 1e6)],
          ["Tags", run.tags?.length ? <Tags key="t" tags={run.tags} /> : "–"],
          ["Git", run.git_sha ? <code key="g">{run.git_sha}</code> : "–"],
          ["Notes", run.notes || "–"],
          ...params.map(
            ([name, value]) =>
              [name, <code key={name}>{JSON.stringify(value)}</code>] as [string, ComponentChildren],
          ),
        ]}
      />
    </Panel>
  );
}

/** From its start to its end, or to now. */
function rangeOf(run: RunItem): Range | null {
  const from = parseTime(run.started_at ?? "");
  if (from === null) return null;
  const to = parseTime(run.finished_at ?? "");
  if (to === null)
    return { kind: "last", lengthUs: Math.min(Math.max(Date.now() * 1000 - from, MINUTE), 24 * HOUR) };
  return fixedRange(Math.max(from, to - 24 * 365 * HOUR), to);
}
