/** Connect a gateway: sensors, a token that is shown once, a program to run, and then the first reading. */

import { useState } from "preact/hooks";
import { api, ask } from "../api/client.ts";
import type { Sensor } from "../api/types.ts";
import { valueText } from "../numbers.ts";
import { projectId, refusedFor } from "../session.ts";
import { useAsked } from "../ui/asking.ts";
import { Button, RoleButton, Segments } from "../ui/buttons.tsx";
import { Badge } from "../ui/facts.tsx";
import { TextField } from "../ui/fields.tsx";
import { ProblemNote } from "../ui/notes.tsx";
import { Page, Panel } from "../ui/Page.tsx";
import { SensorPicker } from "../ui/SensorPicker.tsx";
import { useSending } from "../ui/sending.ts";
import { copy } from "./explore/Tools.tsx";
import {
  type Connected,
  curlSnippet,
  ingestAddress,
  pythonSnippet,
  typedSensors,
} from "./gateways/snippets.ts";

export default function Connect() {
  const [sensors, setSensors] = useState<Sensor[]>([]);
  const [producer, setProducer] = useState("rig-1/daq-1");
  const [token, setToken] = useState<string | null>(null);
  const refused = refusedFor("editor");
  return (
    <Page title="Connect a gateway">
      {refused && <p class="note warn">{refused}</p>}
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
              Make {typed.length || ""} sensors
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
          <Button
            key={each.id}
            icon="close"
            title={`Leave ${each.key} out`}
            onClick={() => onChange(sensors.filter((other) => other.id !== each.id))}
          >
            {channel}: {each.key}
          </Button>
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
  const making = useSending(
    async (key) =>
      ask(
        api.POST("/api/v1/projects/{project_id}/ingest-tokens", {
          params: { path: { project_id: projectId.value ?? "" }, header: { "idempotency-key": key } },
          body: { name: producer, producers: [producer] },
        }),
      ),
    (made) => props.onToken(made.token ?? null),
  );
  return (
    <div class="stack">
      <TextField
        label="Name of the gateway"
        hint="Each gateway has a name of its own; the token may use this one alone."
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

const PROGRAMS = { python: pythonSnippet, curl: curlSnippet };

function Program({
  producer,
  token,
  sensors,
}: {
  producer: string;
  token: string | null;
  sensors: Sensor[];
}) {
  const [ingest, setIngest] = useState(() => ingestAddress(location));
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
      <TextField label="Where gateways are taken in" value={ingest} onInput={setIngest} />
      <div class="row spread">
        <Segments
          label="Program"
          value={kind}
          choices={[
            ["python", "Python"],
            ["curl", "curl"],
          ]}
          onChange={setKind}
        />
        <Button onClick={() => copy(text, "Program copied")}>Copy</Button>
      </div>
      {kind === "python" && (
        <p class="muted">
          On the gateway: <code>pip install ./client</code>. It sends each reading exactly once, over any cut.
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <pre tabIndex={0}>{text}</pre>
    </div>
  );
}

const REFRESH_MS = 1500;

function FirstReading({ sensors }: { sensors: Sensor[] }) {
  const ids = sensors.map((each) => each.id);
  const keys = sensors.map((each) => each.key);
  const asked = useAsked(
    ids.length ? `first ${ids.join()}` : null,
    (signal) =>
      Promise.all(
        keys.map((key) =>
          ask(
            api.GET("/api/v1/projects/{project_id}/sensors", {
              params: {
                path: { project_id: projectId.value ?? "" },
                query: { key, include: ["latest"], limit: 1 },
              },
              signal,
            }),
          ),
        ),
      ),
    REFRESH_MS,
  );
  const seen = (asked.data ?? []).flatMap((page) => page.items).filter((each) => each.latest);
  if (!ids.length) return <p class="muted">Choose sensors above.</p>;
  if (!seen.length) return <p role="status">Waiting for the first reading…</p>;
  return (
    <div class="stack" role="status">
      <div class="row">
        {seen.map((each) => (
          <Badge key={each.id} tone={each.connection === "online" ? "ok" : ""}>
            {each.key} {valueText(each.latest?.physical ?? each.latest?.raw)}
          </Badge>
        ))}
      </div>
      <div>
        <a class="button primary" href={`/live?${ids.map((id) => `s=${id}`).join("&")}&live=1m`}>
          See it move
        </a>
      </div>
    </div>
  );
}
