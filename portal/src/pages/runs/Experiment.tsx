/** One experiment and its runs. */

import { useEffect } from "preact/hooks";
import { useRoute } from "preact-iso";
import { api, ask, etagOf } from "../../api/client.ts";
import type { Experiment, RunStatus } from "../../api/types.ts";
import { turnTo } from "../../session.ts";
import { RoleButton } from "../../ui/buttons.tsx";
import { Facts, Status, Tags, Time } from "../../ui/facts.tsx";
import { ItemPage } from "../../ui/ItemPage.tsx";
import { Empty, ProblemNote } from "../../ui/notes.tsx";
import { Page, Panel } from "../../ui/Page.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { useReadAgain, useSending } from "../../ui/requests/sending.ts";
import { RunList } from "./list/RunList.tsx";
import { movesOf } from "./runMoves.ts";

export default function ExperimentPage() {
  const id = useRoute().params.id ?? "";
  const asked = useAsked(`experiment ${id}`, (signal) =>
    ask(api.GET("/api/v1/experiments/{experiment_id}", { params: { path: { experiment_id: id } }, signal })),
  );
  useEffect(() => {
    if (asked.data) turnTo(asked.data.project_id);
  }, [asked.data]);
  return (
    <ItemPage title="Experiment" asked={asked}>
      {(item) => <Known item={item} again={asked.again} />}
    </ItemPage>
  );
}

function Known({ item, again }: { item: Experiment; again: () => void }) {
  const params = { path: { experiment_id: item.id } };
  const move = useSending(
    async (_key: string, status: RunStatus) =>
      ask(
        api.PATCH("/api/v1/experiments/{experiment_id}", {
          params: { ...params, header: { "if-match": etagOf(item) } },
          body: { status },
        }),
      ),
    again,
  );
  useReadAgain(move.problem, again);
  return (
    <Page
      title={item.name}
      head={<Status status={item.status} />}
      tools={movesOf(item.status).map(([status, name]) => (
        <RoleButton key={status} least="editor" isBusy={move.isBusy} onClick={() => move.send(status)}>
          {name}
        </RoleButton>
      ))}
    >
      {move.problem && <ProblemNote problem={move.problem} />}
      <Panel title="Facts">
        <Facts
          items={[
            ["Description", item.description || "–"],
            ["Tags", item.tags?.length ? <Tags key="t" tags={item.tags} /> : "–"],
            ["Started", <Time key="s" at={item.started_at} />],
            ["Finished", <Time key="f" at={item.finished_at} />],
          ]}
        />
      </Panel>
      <Panel title="Runs" isBare>
        <RunList experiment={item.id} empty={<Empty title="No runs yet" />} />
      </Panel>
    </Page>
  );
}
