import { Empty } from "../ui/notes.tsx";
import { Page } from "../ui/Page.tsx";

export function NoPage() {
  return (
    <Page title="Nothing is here">
      <Empty title="There is no page at this address">
        <a href="/live">Go to Live</a>
      </Empty>
    </Page>
  );
}
