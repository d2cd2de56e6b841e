/** The page of one thing. What can't be read any more, or is gone, is said above what was known of it last. */

import type { ComponentChildren } from "preact";
import { Answered, ProblemNote } from "./notes.tsx";
import { Page } from "./Page.tsx";
import type { Asked } from "./requests/asking.ts";

export function ItemPage<Item>(props: {
  /** Until its own is known. */
  title: string;
  asked: Asked<Item>;
  children: (item: Item) => ComponentChildren;
}) {
  const { data, problem, again } = props.asked;
  if (data === null)
    return (
      <Page title={props.title}>
        <Answered asked={props.asked}>{() => null}</Answered>
      </Page>
    );
  return (
    <>
      {problem && <ProblemNote problem={problem} again={again} />}
      {props.children(data)}
    </>
  );
}
