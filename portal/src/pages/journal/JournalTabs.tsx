/** What the pages about things that happened have in common: the way from one to the other. */

import { useLocation } from "preact-iso";

const PAGES = [
  ["/alarms", "Alarms"],
  ["/events", "Events"],
  ["/annotations", "Annotations"],
] as const;

export function JournalTabs() {
  const { path } = useLocation();
  return (
    <nav class="tabs" aria-label="What happened">
      {PAGES.map(([address, name]) => (
        <a key={address} href={address} aria-current={path === address ? "page" : undefined}>
          {name}
        </a>
      ))}
    </nav>
  );
}
