/** A place where files are dropped, or chosen. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

export interface FileDropProps {
  /** In bold. */
  title: string;
  hint: string;
  /** At least one. */
  onFiles: (files: FileList) => void;
  takesSeveral?: boolean;
  /** Endings of names, with commas; any without. */
  accept?: string;
  isDisabled?: boolean;
  children?: ComponentChildren;
}

export function FileDrop(props: FileDropProps) {
  const [isOver, setOver] = useState(false);
  const take = (files: FileList | null | undefined) => {
    if (files?.length && !props.isDisabled) props.onFiles(files);
  };
  return (
    <label
      class={`drop ${isOver ? "over" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer?.files);
      }}
    >
      <strong>{props.title}</strong>
      <span class="muted">{props.hint}</span>
      <input
        type="file"
        multiple={props.takesSeveral ?? false}
        accept={props.accept}
        disabled={props.isDisabled ?? false}
        onChange={(event) => {
          take(event.currentTarget.files);
          // The same file may be chosen again.
          event.currentTarget.value = "";
        }}
      />
      {props.children}
    </label>
  );
}
