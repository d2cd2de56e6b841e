/** `/views/{id}`: a kept view, shown on its page. */

import { useEffect } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso";
import { api, ask } from "../../../api/client.ts";
import { turnTo } from "../../../session.ts";
import { Answered, Empty } from "../../../ui/notes.tsx";
import { Page } from "../../../ui/Page.tsx";
import { useAsked } from "../../../ui/requests/asking.ts";
import { addressOf } from "./savedViews.ts";

export default function ViewLink() {
  const { params } = useRoute();
  const { route } = useLocation();
  const asked = useAsked(params.id ?? null, (signal) =>
    ask(api.GET("/api/v1/views/{view_id}", { params: { path: { view_id: params.id ?? "" } }, signal })),
  );
  const address = asked.data && addressOf(asked.data);
  useEffect(() => {
    if (!asked.data || !address) return;
    turnTo(asked.data.project_id);
    route(address, true);
  }, [address]);
  return (
    <Page title="View">
      <Answered asked={asked}>
        {(view) => (address ? null : <Empty title={`${view.name} was kept by a newer release`} />)}
      </Answered>
    </Page>
  );
}
