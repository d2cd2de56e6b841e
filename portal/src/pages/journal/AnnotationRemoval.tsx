/** Asks before an annotation goes. */

import { api, ask } from "../../api/client.ts";
import type { Annotation } from "../../api/types.ts";
import { zone } from "../../settings.ts";
import { parseTime, timeText } from "../../times.ts";
import { SeenRemoval } from "../../ui/forms/Removal.tsx";

export function AnnotationRemoval(props: {
  annotation: Annotation;
  onDone: () => void;
  onClose: () => void;
}) {
  const { annotation } = props;
  const path = { annotation_id: annotation.id };
  return (
    <SeenRemoval
      title="Delete the annotation?"
      item={annotation}
      told={(item) => [
        ["Note", item.text],
        ["From", shownTime(item.from)],
        ["To", shownTime(item.to)],
        ["Tags", item.tags.join(", ")],
      ]}
      read={() => ask(api.GET("/api/v1/annotations/{annotation_id}", { params: { path } }))}
      act={(etag) => {
        const params = { path, header: { "if-match": etag } };
        return ask(api.DELETE("/api/v1/annotations/{annotation_id}", { params }));
      }}
      onDone={props.onDone}
      onClose={props.onClose}
    >
      <p>{annotation.text}</p>
    </SeenRemoval>
  );
}

function shownTime(time: string | null): string {
  const us = time === null ? null : parseTime(time);
  return us === null ? "" : timeText(us, zone.value, 6);
}
