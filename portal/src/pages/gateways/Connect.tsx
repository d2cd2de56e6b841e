/** Connect a gateway: sensors, a token that is shown once, a program to run, and then the first reading. */

import { useEffect, useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { Sensor } from "../../api/types.ts";
import { keep } from "../../sensors.ts";
import { ingestUrl, projectId } from "../../session.ts";
import { MINUTE } from "../../times.ts";
import { Button, Chip, RoleButton, Segments } from "../../ui/buttons.tsx";
import { RoleNote } from "../../ui/ForRole.tsx";
import { TextField } from "../../ui/forms/fields.tsx";
import { SensorPicker } from "../../ui/forms/SensorPicker.tsx";
import { ProblemNote } from "../../ui/notes.tsx";
import { Page, Panel } from "../../ui/Page.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { useSending } from "../../ui/requests/sending.ts";
import { copy } from "../explore/tools/Tools.tsx";
import { HistoryPlots } from "../parts/HistoryPlots.tsx";
import { type Connected, curlSnippet, pythonSnippet, telegrafSnippet, typedSensors } from "./snippets.ts";

export default function Connect() {
  const [sensors, setSensors] = useState<Sensor[]>([]);
  const [producer, setProducer] = useState("rig-1/daq-1");
  const [token, setToken] = useState<string | null>(null);
  return (
    <Page title="Connect a gateway">
      <RoleNote least="editor" />
      <Panel title="1. What does it measure?">
        <ChooseSensors sensors={sensors} onChange={setSensors} />
      </Panel>
      <Panel title="2. A token for it">
        <MakeToken producer={producer} onProducer={setProducer} token={token} onToken={setToken} />
      </Panel>
      <Panel title="3. A program that sends">
        <Program producer={producer} token={token} sensors={sensors} />
      </Panel>
      <Panel title="4. The first reading">
        <FirstReading sensors={sensors} />
      </Panel>
    </Page>
  );
}

function ChooseSensors({ sensors, onChange }: { sensors: Sensor[]; onChange: (sensors: Sensor[]) => void }) {
  const [text, setText] = useState("");
  const typed = typedSensors(text);
  const making = useSending(
    async (key) =>
      ask(
        api.POST("/api/v1/projects/{project_id}/sensors:batch", {
          params: { path: { project_id: projectId.value ?? "" }, header: { "idempotency-key": key } },
          body: { sensors: typed },
        }),
      ),
    ({ items }) => {
      onChange([...sensors, ...items]);
      setText("");
    },
  );
  return (
    <div class="stack">
      <div class="columns">
        <div class="stack">
          <TextField
            label="New sensors"
            isLong
            placeholder={"p1, V, bar\nt1, mV, degC"}
            hint="One a line: its key, the unit that is sent, the physical unit"
            value={text}
            onInput={setText}
          />
          <div>
            <RoleButton
              least="editor"
              isBusy={making.isBusy}
              refused={typed.length ? null : "Type a sensor first"}
              onClick={() => making.send()}
            >
              {typed.length > 1 ? `Make ${typed.length} sensors` : "Make the sensor"}
            </RoleButton>
          </div>
          {making.problem && <ProblemNote problem={making.problem} />}
        </div>
        <div class="field">
          <span class="label">Or sensors that are there</span>
          <SensorPicker
            label="Find a sensor"
            chosen={sensors.map((each) => each.id)}
            onPick={(sensor) => onChange([...sensors, sensor])}
          />
        </div>
      </div>
      <div class="row">
        {sensors.map((each, channel) => (
          <Chip
            key={each.id}
            name={`${channel}: ${each.key}`}
            onLeaveOut={() => onChange(sensors.filter((other) => other.id !== each.id))}
          />
        ))}
        {!sensors.length && <span class="muted">None chosen yet.</span>}
      </div>
    </div>
  );
}

function MakeToken(props: {
  producer: string;
  onProducer: (producer: string) => void;
  token: string | null;
  onToken: (token: string | null) => void;
}) {
  const { producer, token } = props;
  const path = { project_id: projectId.value ?? "" };
  const alike = useAsked(token || !producer ? null : `gateway ${producer}`, (signal) => {
    const query = { name: producer, limit: 1 };
    return ask(api.GET("/api/v1/projects/{project_id}/producers", { params: { path, query }, signal }));
  });
  const isTaken = !token && !!alike.data?.items.length;
  const making = useSending(
    async (key) =>
      ask(
        api.POST("/api/v1/projects/{project_id}/ingest-tokens", {
          params: { path, header: { "idempotency-key": key } },
          body: { name: producer, producers: [producer] },
        }),
      ),
    (made) => props.onToken(made.token ?? null),
  );
  return (
    <div class="stack">
      <TextField
        label="Name of the gateway"
        hint={
          <>
            Each gateway has a name of its own; the token may use this one alone.
            {isTaken && (
              <strong> One of this name has sent already: the new one would take its place.</strong>
            )}
          </>
        }
        value={producer}
        onInput={props.onProducer}
        fault={making.problem?.faultOf("/name") ?? null}
      />
      {token ? (
        <div class="note ok">
          <strong>The token is shown only now</strong>
          <div class="row">
            <code class="grow" style="overflow-wrap: anywhere">
              {token}
            </code>
            <Button onClick={() => copy(token, "Token copied")}>Copy</Button>
          </div>
        </div>
      ) : (
        <div>
          <RoleButton least="editor" kind="primary" isBusy={making.isBusy} onClick={() => making.send()}>
            Make a token
          </RoleButton>
        </div>
      )}
      {making.problem && <ProblemNote problem={making.problem} />}
    </div>
  );
}

const PROGRAMS = { python: pythonSnippet, curl: curlSnippet, telegraf: telegrafSnippet };

function Program({
  producer,
  token,
  sensors,
}: {
  producer: string;
  token: string | null;
  sensors: Sensor[];
}) {
  const [ingest, setIngest] = useState(ingestUrl.value);
  const [kind, setKind] = useState<keyof typeof PROGRAMS>("python");
  const connected: Connected = {
    ingest,
    producer,
    token: token ?? "bgi_…",
    keys: sensors.length ? sensors.map((each) => each.key) : ["p1"],
  };
  const text = PROGRAMS[kind](connected);
  return (
    <div class="stack">
      <TextField
        label="Where gateways send"
        hint="As the server knows it. Change it where the gateway reaches it by another name."
        value={ingest}
        onInput={setIngest}
      />
      <div class="row spread">
        <Segments
          label="Program"
          value={kind}
          choices={[
            ["python", "Python"],
            ["curl", "curl"],
            ["telegraf", "Telegraf"],
          ]}
          onChange={setKind}
        />
        <Button onClick={() => copy(text, "Program copied")}>Copy</Button>
      </div>
      {kind === "python" && (
        <p class="muted">
          On the gateway: <code>pip install ./client</code>, where <code>client</code> is the folder of
          Barograph's source. It sends each reading exactly once, over any cut. For a first reading without
          installing anything, take curl.
        </p>
      )}
      {kind === "telegraf" && (
        <p class="muted">
          As <code>telegraf.conf</code>. Its sensors are named by measurement, tags and field, such as{" "}
          <code>cpu,cpu=cpu-total.usage_idle</code>: make them by these keys, or let the project register what
          it does not know.
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <pre tabIndex={0}>{text}</pre>
    </div>
  );
}

const REFRESH_MS = 1500;
const MOST_PLOTS = 4;

function FirstReading({ sensors }: { sensors: Sensor[] }) {
  const ids = sensors.map((each) => each.id);
  const [seen, setSeen] = useState<string[]>([]);
  const waited = sensors.filter((each) => !seen.includes(each.id)).slice(0, MOST_PLOTS);
  const asked = useAsked(
    waited.length ? `first ${waited.map((each) => each.id).join()}` : null,
    (signal) => Promise.all(waited.map((each) => readOne(each.key, signal))),
    REFRESH_MS,
  );
  const found = (asked.data ?? []).flatMap((page) => page.items).filter((each) => each.latest);
  useEffect(() => {
    const fresh = found.map((each) => each.id).filter((id) => ids.includes(id) && !seen.includes(id));
    keep(found);
    if (fresh.length) setSeen([...seen, ...fresh]);
  });
  const drawn = ids.filter((id) => seen.includes(id)).slice(0, MOST_PLOTS);
  if (!ids.length) return <p class="muted">Choose sensors above.</p>;
  return (
    <div class="stack">
      <p role="status">
        {drawn.length
          ? `Readings arrive of ${sensors
              .filter((each) => drawn.includes(each.id))
              .map((each) => each.key)
              .join(", ")}.`
          : "Waiting for the first reading…"}
      </p>
      {drawn.length > 0 && (
        <>
          <HistoryPlots key={drawn.join()} sensors={drawn} range={{ kind: "last", lengthUs: MINUTE }} />
          <div>
            <a class="button primary" href={`/live?${ids.map((id) => `s=${id}`).join("&")}&live=1m`}>
              See it move
            </a>
          </div>
        </>
      )}
    </div>
  );
}

async function readOne(key: string, signal: AbortSignal) {
  const path = { project_id: projectId.value ?? "" };
  const query = { key, include: ["latest" as const], limit: 1 };
  return ask(api.GET("/api/v1/projects/{project_id}/sensors", { params: { path, query }, signal }));
}
