/** Passkeys and codes of an authenticator as a second step, and the recovery codes for when these are lost. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { components } from "../../api/openapi.d.ts";
import { Button } from "../../ui/buttons.tsx";
import { Badge, Time } from "../../ui/facts.tsx";
import { TextField } from "../../ui/forms/fields.tsx";
import { FormDialog } from "../../ui/forms/forms.tsx";
import { Answered } from "../../ui/notes.tsx";
import { Panel } from "../../ui/Page.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { useSending } from "../../ui/requests/sending.ts";
import { ShownOnce } from "../project/ShownOnce.tsx";
import { AddPasskey } from "./AddPasskey.tsx";
import { CurrentPassword } from "./CurrentPassword.tsx";

type Factor = components["schemas"]["Factor"];
type FactorSetUp = components["schemas"]["FactorSetUp"];

const KIND_NAMES: Record<Factor["kind"], string> = { totp: "authenticator", webauthn: "passkey" };

export function SecondFactors() {
  const asked = useAsked("factors", (signal) => ask(api.GET("/auth/factors", { signal })));
  const [opened, setOpened] = useState<"totp" | "webauthn" | Factor | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const done = (recovery: string[] | null) => {
    setOpened(null);
    setCodes(recovery);
    asked.again();
  };
  return (
    <Panel
      title="Second step"
      tools={
        <>
          <Button onClick={() => setOpened("webauthn")}>Add a passkey</Button>
          <Button onClick={() => setOpened("totp")}>Add an authenticator</Button>
        </>
      }
    >
      <Answered asked={asked}>
        {({ items, recovery_codes_left, is_required }) => (
          <div class="stack">
            {is_required && <Badge tone="warn">A second step is required here</Badge>}
            {items.map((factor) => (
              <div key={factor.id} class="row spread">
                <span>
                  {factor.name} <Badge>{KIND_NAMES[factor.kind]}</Badge>
                </span>
                <span class="row">
                  <Time at={factor.last_used_at} isAgo />
                  <Button kind="danger" onClick={() => setOpened(factor)}>
                    Remove
                  </Button>
                </span>
              </div>
            ))}
            {!items.length && <p class="muted">None: the password alone logs in.</p>}
            {items.length > 0 && <p class="muted">{recovery_codes_left} recovery codes are left.</p>}
          </div>
        )}
      </Answered>
      {opened === "totp" && <AddFactor onClose={() => setOpened(null)} onDone={done} />}
      {opened === "webauthn" && <AddPasskey onClose={() => setOpened(null)} onDone={done} />}
      {opened && typeof opened === "object" && (
        <RemoveFactor factor={opened} onClose={() => setOpened(null)} onDone={() => done(null)} />
      )}
      {codes && <ShownOnce title="Recovery codes" secret={codes.join("\n")} onClose={() => setCodes(null)} />}
    </Panel>
  );
}

function AddFactor(props: { onClose: () => void; onDone: (recovery: string[] | null) => void }) {
  const [password, setPassword] = useState("");
  const [name, setName] = useState("Authenticator");
  const [code, setCode] = useState("");
  const [setUp, setSetUp] = useState<FactorSetUp | null>(null);
  const sending = useSending(
    async () => {
      if (!setUp) {
        setSetUp(
          await ask(api.POST("/auth/factors", { body: { kind: "totp", name, current_password: password } })),
        );
        return;
      }
      const params = { path: { factor_id: setUp.id } };
      const body = { proof: { method: "totp" as const, code } };
      const { recovery_codes } = await ask(api.POST("/auth/factors/{factor_id}:confirm", { params, body }));
      props.onDone(recovery_codes);
    },
    undefined,
    true,
  );
  return (
    <FormDialog
      title="Add an authenticator"
      verb={setUp ? "Confirm" : "Go on"}
      sending={sending}
      onClose={props.onClose}
    >
      {setUp ? (
        <>
          <p>
            Type this key into the authenticator, or open the link on the device that has it. Then type its
            code.
          </p>
          <code class="note" style="overflow-wrap: anywhere">
            {setUp.secret}
          </code>
          {setUp.uri && <a href={setUp.uri}>Open in the authenticator</a>}
          <TextField label="Code" autoComplete="one-time-code" isRequired value={code} onInput={setCode} />
        </>
      ) : (
        <>
          <TextField label="Name" isRequired value={name} onInput={setName} />
          <CurrentPassword value={password} onInput={setPassword} problem={sending.problem} />
        </>
      )}
    </FormDialog>
  );
}

function RemoveFactor(props: { factor: Factor; onClose: () => void; onDone: () => void }) {
  const [password, setPassword] = useState("");
  const params = { path: { factor_id: props.factor.id } };
  const sending = useSending(
    async () =>
      ask(api.POST("/auth/factors/{factor_id}:remove", { params, body: { current_password: password } })),
    props.onDone,
    true,
  );
  return (
    <FormDialog title={`Remove ${props.factor.name}`} verb="Remove" sending={sending} onClose={props.onClose}>
      <CurrentPassword value={password} onInput={setPassword} problem={sending.problem} />
    </FormDialog>
  );
}
