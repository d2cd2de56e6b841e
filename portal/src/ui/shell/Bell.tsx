/** The bell: what happened in the project that people want to hear of, and how much of it is new. */

import { useEffect } from "preact/hooks";
import { followNews, type NewsItem, news, newsSeen, seeNews } from "../../live/happening.ts";
import { subjectOf } from "../../pages/journal/events.ts";
import { Menu } from "../dialogs.tsx";
import { Time } from "../facts.tsx";

const FIRST = 10;

export function Bell({ project }: { project: string }) {
  useEffect(() => followNews(project), [project]);
  const fresh = news.value.filter((each) => each.time > newsSeen.value).length;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button within it is what is pressed
    // biome-ignore lint/a11y/useKeyWithClickEvents: as above
    <div class="bell" onClick={seeNews}>
      <Menu label={fresh ? `News: ${fresh} new` : "News"} icon="alarms">
        {news.value.length === 0 && <div class="note">Nothing to tell yet</div>}
        {news.value.slice(0, FIRST).map((item) => (
          <NewsLine key={item.id} item={item} />
        ))}
        <a class="item" href="/events">
          All events
        </a>
      </Menu>
      {fresh > 0 && (
        <span class="count" aria-hidden="true">
          {fresh > 9 ? "9+" : fresh}
        </span>
      )}
    </div>
  );
}

function NewsLine({ item }: { item: NewsItem }) {
  return (
    <a class="item" href={subjectOf(item.event).address ?? "/events"}>
      <span class={`dot ${item.tone}`} aria-hidden="true" />
      <span class="grow">{item.text}</span>
      <span class="muted">
        <Time at={item.time} isAgo />
      </span>
    </a>
  );
}
