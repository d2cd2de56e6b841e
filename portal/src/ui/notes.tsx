/** What stands where there is nothing to show: not yet, nothing, or a problem. */

import type { ComponentChildren } from "preact";
import type { Problem } from "../api/problems.ts";
import { Button } from "./buttons.tsx";

export function ProblemNote({ problem, again }: { problem: Problem; again?: () => void }) {
  return (
    <div class="note bad" role="alert">
      <strong>{problem.title}</strong>
      {problem.message !== problem.title && <Linked text={problem.message} />}
      <FaultList faults={problem.faults} />
      {problem.isTriedAgain && <span>It is tried again by itself.</span>}
      {problem.isHeld && <span>You have changed it since: it waits until you send it.</span>}
      {problem.requestId && <span class="muted">Request {problem.requestId}</span>}
      {again && problem.status !== 403 && (
        <div>
          <Button icon="refresh" onClick={again}>
            Try again
          </Button>
        </div>
      )}
    </div>
  );
}

/** A text; a backfill that it names is a link to it. */
function Linked({ text }: { text: string }) {
  const parts = text.split(/(backfill [0-9a-f]{8}-[0-9a-f-]{27})/);
  return (
    <span>
      {parts.map((part, place) =>
        place % 2 ? (
          <a key={part} href={`/backfills/${part.slice("backfill ".length)}`}>
            {part}
          </a>
        ) : (
          part
        ),
      )}
    </span>
  );
}

export function FaultList({ faults }: { faults: { pointer: string; detail: string }[] }) {
  if (!faults.length) return null;
  return (
    <ul style="padding-left: 16px">
      {faults.map((fault) => (
        <li key={fault.pointer + fault.detail}>
          <code>{fault.pointer || "/"}</code> {fault.detail}
        </li>
      ))}
    </ul>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Waiting({ what = "Loading" }: { what?: string }) {
  return (
    <div class="empty" role="status">
      <span class="waiting">{what}…</span>
    </div>
  );
}

/** The answer, or what stands for it. */
export function Answered<Data>(props: {
  asked: { data: Data | null; problem: Problem | null; isAsking: boolean; again: () => void };
  children: (data: Data) => ComponentChildren;
}) {
  const { data, problem, again } = props.asked;
  return (
    <>
      {problem && <ProblemNote problem={problem} again={again} />}
      {data !== null ? props.children(data) : !problem && <Waiting />}
    </>
  );
}
