/** The parts of a run's page, each with its own address. */

import { useLocation } from "preact-iso";

export const RUN_TABS = [
  ["overview", "Overview"],
  ["metrics", "Metrics"],
] as const;

export type RunTab = (typeof RUN_TABS)[number][0];

/** As the address says it. */
export function useRunTab(): RunTab {
  const { query } = useLocation();
  return RUN_TABS.find(([tab]) => tab === query.tab)?.[0] ?? "overview";
}

export function RunTabs({ runId, tab: shown }: { runId: string; tab: RunTab }) {
  return (
    <nav class="tabs" aria-label="Parts of the run">
      {RUN_TABS.map(([tab, name]) => (
        <a
          key={tab}
          href={tab === "overview" ? `/runs/${runId}` : `/runs/${runId}?tab=${tab}`}
          aria-current={tab === shown ? "page" : undefined}
        >
          {name}
        </a>
      ))}
    </nav>
  );
}
