/** Runs or capture sessions laid over one another, each counted from its own beginning. */

import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import type { ItemPage } from "../../api/everyItem.ts";
import type { ComparisonAnswer } from "../../api/types.ts";
import { GUTTER_PX } from "../../plot/canvas.ts";
import { turnTo } from "../../session.ts";
import "../../style/compare.css";
import "../../style/live.css";
import "../../style/plot.css";
import { durationText, isoTime, parseTime } from "../../times.ts";
import { Button } from "../../ui/buttons.tsx";
import { Combobox, OFFERED } from "../../ui/forms/Combobox.tsx";
import { Answered, Empty } from "../../ui/notes.tsx";
import { Page, Panel } from "../../ui/Page.tsx";
import { copy } from "../explore/tools/Tools.tsx";
import { type ComparedMember, idOf, meetingColumns, unitOf, windowOf } from "./answers.ts";
import { type MemberSensors, useComparison, useSensors } from "./asked.ts";
import {
  beyond,
  type Comparison,
  comparisonOf,
  isByStep,
  MOST_KEYS,
  questionOf,
  readComparison,
  writeComparison,
} from "./compareState.ts";
import { ExportMenu } from "./ExportMenu.tsx";
import { Refused } from "./Refused.tsx";
import { KeyPlots } from "./results/KeyPlots.tsx";
import { Parameters, Statistics } from "./results/tables.tsx";
import { SavedTools, useFirstSaved } from "./SavedComparisons.tsx";
import { MemberList } from "./setup/MemberList.tsx";
import { SubjectForm } from "./setup/SubjectForm.tsx";
import { ZeroForm } from "./setup/ZeroForm.tsx";

const FIRST_KEYS = 3;

export default function Compare() {
  const { url, route } = useLocation();
  const query = url.split("?")[1] ?? "";
  const comparison = readComparison(query);
  const change = (next: Comparison) => route(`/compare?${writeComparison(next)}`);
  const known = useSensors(comparison);
  const home = known.data?.projectId;
  useEffect(() => {
    if (home) turnTo(home);
  }, [home]);
  const keys = comparison.keys.length
    ? comparison.keys
    : offered(comparison, known.data).slice(0, FIRST_KEYS);
  const isSome = comparison.members.length > 1;
  const question = isSome && keys.length ? questionOf(comparison, keys, 1000) : null;
  return (
    <Page
      title="Compare"
      tools={
        <>
          <SavedTools
            question={question}
            savedId={comparison.saved}
            onOpen={(saved) => change(comparisonOf(saved))}
          />
          {question && <ExportMenu question={question} />}
          {isSome && (
            <Button kind="quiet" icon="link" onClick={() => copy(location.href, "Link copied")}>
              Copy link
            </Button>
          )}
        </>
      }
    >
      {beyond(query).map((words) => (
        <p key={words} class="note warn">
          {words}
        </p>
      ))}
      {isSome ? (
        <Answered asked={known}>
          {(found) => <Compared comparison={comparison} known={found} keys={keys} change={change} />}
        </Answered>
      ) : (
        <Nothing onOpen={change} />
      )}
    </Page>
  );
}

function Nothing({ onOpen }: { onOpen: (comparison: Comparison) => void }) {
  const saved = useFirstSaved();
  return (
    <Panel>
      <Empty title="Choose two runs or more">
        <p>Mark them in the list of runs, and press Compare.</p>
        <a class="button primary" href="/runs">
          Runs
        </a>
        {!!saved.data?.items.length && (
          <>
            <p>Or open a comparison that the project keeps:</p>
            <div class="row" style="justify-content: center">
              {saved.data.items.map((each) => (
                <Button key={each.id} onClick={() => onOpen(comparisonOf(each))}>
                  {each.name}
                </Button>
              ))}
            </div>
            {saved.data.next_cursor && <p class="muted">These are the newest. Open has all of them.</p>}
          </>
        )}
      </Empty>
    </Panel>
  );
}

interface ComparedProps {
  comparison: Comparison;
  known: MemberSensors;
  keys: string[];
  change: (next: Comparison) => void;
}

function Compared({ comparison, known, keys, change }: ComparedProps) {
  const holder = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const asked = useComparison(comparison, keys, width > 50 ? width : null);
  const meeting = asked.data && meetingColumns(asked.data);
  const apart = useComparison(comparison, keys, meeting);
  useLayoutEffect(() => {
    const measure = () =>
      setWidth(Math.max(0, Math.floor((holder.current?.clientWidth ?? 0) - GUTTER_PX - 12)));
    measure();
    const watching = new ResizeObserver(measure);
    if (holder.current) watching.observe(holder.current);
    return () => watching.disconnect();
  }, []);
  const answer = asked.data;
  const differing = meeting === null ? answer : (apart.data ?? answer);
  const window =
    comparison.window ?? (answer ? windowOf(answer.grid) : ([0, 60_000_000] as [number, number]));
  const [picked, setPicked] = useState<string | null>(null);
  const [moving, setMoving] = useState<string | null>(null);
  const isMetrics = comparison.subject === "metrics";
  return (
    <>
      <div class="compare">
        <div class="side stack">
          <Panel>
            <SubjectForm comparison={comparison} change={change} />
            {!isByStep(comparison) && (
              <ZeroForm
                comparison={comparison}
                known={known}
                unitOf={(key) => (answer ? unitOf(answer, key) : "")}
                onZero={(zero) => change({ ...comparison, zero, window: null })}
              />
            )}
          </Panel>
          <Panel title={comparison.kind === "runs" ? "Runs" : "Capture sessions"} isBare>
            <MemberList
              comparison={comparison}
              members={answer?.members ?? known.members}
              window={window}
              picked={picked}
              onPick={setPicked}
              moving={moving}
              onMoving={setMoving}
              lacking={(member) => (answer ? lackingOf(member, keys) : [])}
              exploreOf={(member) => exploreOf(member, known, keys, window)}
              change={change}
            />
          </Panel>
        </div>
        <div ref={holder} class="stack centre">
          {asked.problem && (
            <Refused
              problem={asked.problem}
              keys={keys}
              again={asked.again}
              onKeys={(left) => change({ ...comparison, keys: left })}
            />
          )}
          {!keys.length && (
            <Empty
              title={isMetrics ? "None of these runs has logged a metric" : "None of these has a sensor"}
            />
          )}
          <Plots
            comparison={comparison}
            known={known}
            keys={keys}
            answer={answer}
            differing={differing}
            window={window}
            picked={picked}
            moving={moving}
            onMovingEnd={() => setMoving(null)}
            isAsking={asked.isAsking}
            change={change}
          />
        </div>
      </div>
      {answer && differing && (
        <>
          <Panel title="Statistics of what is shown" isBare>
            <Statistics answer={answer} differing={differing} isMetrics={isMetrics} />
          </Panel>
          <Panel title="Parameters" isBare>
            <Parameters answer={answer} />
          </Panel>
        </>
      )}
    </>
  );
}

function Plots(
  props: ComparedProps & {
    answer: ComparisonAnswer | null;
    differing: ComparisonAnswer | null;
    window: [number, number];
    picked: string | null;
    moving: string | null;
    onMovingEnd: () => void;
    isAsking: boolean;
  },
) {
  const { comparison, known, keys, answer, change } = props;
  const cursor = useSignal<number | null>(null);
  const [hasSpread, setSpread] = useState(true);
  const [hasDifference, setDifference] = useState(true);
  const [isTable, setTable] = useState(false);
  const others = offered(comparison, known).filter((key) => !keys.includes(key));
  const noun = comparison.subject === "metrics" ? "metric" : "sensor";
  const moving = answer?.members.find((each) => idOf(each) === props.moving) ?? null;
  const moved = (by: number) => {
    const id = moving && idOf(moving);
    // A line that goes on has a beginning that lies earlier.
    if (id)
      change({ ...comparison, shifts: { ...comparison.shifts, [id]: (comparison.shifts[id] ?? 0) - by } });
  };
  const made = answer?.meta;
  return (
    <>
      <div class="row spread">
        {!isTable && (
          <>
            <Button isPressed={hasSpread} onClick={() => setSpread(!hasSpread)}>
              Spread
            </Button>
            <Button isPressed={hasDifference} onClick={() => setDifference(!hasDifference)}>
              Difference
            </Button>
          </>
        )}
        <Button icon="table" isPressed={isTable} onClick={() => setTable(!isTable)}>
          Table
        </Button>
        {comparison.window && (
          <Button kind="quiet" icon="home" onClick={() => change({ ...comparison, window: null })}>
            All of it
          </Button>
        )}
        {others.length > 0 && keys.length < MOST_KEYS && (
          <Combobox
            label={`Add a ${noun}`}
            placeholder={`Add a ${noun}…`}
            noun={`${noun}s`}
            scope={`${noun}s ${others.length}`}
            find={async (text) => keysLike(others, text)}
            keyOf={(key) => key}
            line={(key) => key}
            none={`No ${noun} is called so.`}
            onPick={(key) => change({ ...comparison, keys: [...keys, key] })}
          />
        )}
        {others.length > 0 && keys.length >= MOST_KEYS && (
          <span class="muted">
            {MOST_KEYS} {noun}s are shown at most: leave one out to add another.
          </span>
        )}
        <span class="muted grow" role="status">
          {props.isAsking
            ? "Loading…"
            : made &&
              `${made.bucket} a column${made.t0_rounded_to_us > 1 ? `, T0 rounded to ${durationText(made.t0_rounded_to_us)}` : ""}${made.coarsened_from ? `, coarser than ${made.coarsened_from}` : ""}`}
        </span>
      </div>
      {answer &&
        keys
          .filter((key) => answer.spread.some((each) => each.key === key))
          .map((key, at, all) => (
            <KeyPlots
              key={key}
              name={key}
              answer={answer}
              differing={props.differing ?? answer}
              window={props.window}
              picked={props.picked}
              hasSpread={hasSpread}
              hasDifference={hasDifference}
              isTable={isTable}
              onTable={() => setTable(true)}
              isLast={at === all.length - 1}
              cursor={cursor}
              moving={moving}
              shifts={comparison.shifts}
              onMoved={moved}
              onMovingEnd={props.onMovingEnd}
              onWindow={(window) => change({ ...comparison, window })}
              onLeaveOut={() => change({ ...comparison, keys: keys.filter((each) => each !== key) })}
            />
          ))}
    </>
  );
}

/** Those that a picker lists. */
function keysLike(keys: readonly string[], text: string): ItemPage<string> {
  const found = keys.filter((key) => key.toLowerCase().includes(text.toLowerCase()));
  return { items: found.slice(0, OFFERED), next_cursor: found.length > OFFERED ? "more" : null };
}

function offered(comparison: Comparison, known: MemberSensors | null): string[] {
  return (comparison.subject === "metrics" ? known?.metrics : known?.keys) ?? [];
}

/** What is compared that a member has no values of; a member without T0 says so itself. */
function lackingOf(member: ComparedMember, keys: string[]): string[] {
  if (member.problem) return [];
  return keys.filter((key) => !member.series.some((each) => each.key === key && each.index.length));
}

/** Where Explore shows the same stretch of one member. */
function exploreOf(
  member: ComparedMember,
  known: MemberSensors,
  keys: string[],
  window: [number, number],
): string | null {
  if (member.series.some((each) => !each.sensor_id)) return null;
  const zeroUs = member.t0 ? parseTime(member.t0) : null;
  const ids = known.sensorIds.get(idOf(member));
  const sensors = keys.flatMap((key) => (ids?.get(key) ? [`s=${ids.get(key)}`] : []));
  if (zeroUs === null || !sensors.length) return null;
  const [from, to] = window.map((us) => isoTime(Math.round(zeroUs + us)));
  return `/explore?${[...sensors, `from=${from}`, `to=${to}`].join("&")}`;
}
