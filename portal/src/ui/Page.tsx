/** A page: its heading, its tools, its title in the browser. */

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";

export function Page(props: {
  title: string;
  head?: ComponentChildren;
  tools?: ComponentChildren;
  isFull?: boolean;
  children: ComponentChildren;
}) {
  useEffect(() => {
    document.title = `${props.title} · Barograph`;
  }, [props.title]);
  return (
    <div class={`page ${props.isFull ? "full" : ""}`}>
      <div class="page-head">
        <h1>{props.title}</h1>
        {props.head}
        {props.tools && <div class="tools row">{props.tools}</div>}
      </div>
      {props.children}
    </div>
  );
}

export function Panel(props: {
  title?: string;
  tools?: ComponentChildren;
  isBare?: boolean;
  children: ComponentChildren;
}) {
  return (
    <section class="panel" aria-label={props.title}>
      {(props.title || props.tools) && (
        <header>
          {props.title && <h2>{props.title}</h2>}
          {props.tools && <div class="tools row">{props.tools}</div>}
        </header>
      )}
      {props.isBare ? props.children : <div class="body">{props.children}</div>}
    </section>
  );
}
