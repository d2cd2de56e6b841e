/** Asks before an annotation goes. */

import { api, ask, etagOf } from "../../api/client.ts";
import type { Annotation } from "../../api/types.ts";
import { Removal } from "../../ui/forms/Removal.tsx";

export function AnnotationRemoval(props: {
  annotation: Annotation;
  onDone: () => void;
  onClose: () => void;
}) {
  const { annotation } = props;
  const params = { path: { annotation_id: annotation.id }, header: { "if-match": etagOf(annotation) } };
  return (
    <Removal
      title="Delete the annotation?"
      remove={() => ask(api.DELETE("/api/v1/annotations/{annotation_id}", { params }))}
      onDone={props.onDone}
      onClose={props.onClose}
    >
      {annotation.text}
    </Removal>
  );
}
