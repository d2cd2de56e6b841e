/** The second step of a log-in: a passkey, a code of an authenticator, or a recovery code. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { components } from "../../api/openapi.d.ts";
import { passkeysRefused, usePasskey } from "../../passkeys.ts";
import { Button } from "../../ui/buttons.tsx";
import { SelectField, TextField } from "../../ui/forms/fields.tsx";
import { ProblemNote } from "../../ui/notes.tsx";
import { useSending } from "../../ui/requests/sending.ts";

export type SecondStepAsked = components["schemas"]["SecondStep"];
type Answer = components["schemas"]["BrowserSession"];
type Proof = components["schemas"]["LoginVerification"]["proof"];
type Method = SecondStepAsked["methods"][number];

const NAMES: Record<Method, string> = {
  webauthn: "Passkey",
  totp: "Code of the authenticator",
  "recovery-code": "Recovery code",
};

export function SecondStepForm({
  step,
  onDone,
}: {
  step: SecondStepAsked;
  onDone: (answer: Answer) => void;
}) {
  const refused = step.methods.includes("webauthn") ? passkeysRefused() : null;
  const methods = (Object.keys(NAMES) as Method[]).filter(
    (each) => step.methods.includes(each) && !(each === "webauthn" && refused),
  );
  const [method, setMethod] = useState<Method>(methods[0] ?? "recovery-code");
  const [code, setCode] = useState("");
  const sending = useSending(
    async () => {
      const proof: Proof =
        method === "webauthn"
          ? { method, credential: await usePasskey(step.webauthn ?? {}) }
          : { method, code };
      return ask(api.POST("/session:verify", { body: { mfa_token: step.mfa_token, proof } }));
    },
    onDone,
    true,
  );
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    sending.send();
  };
  return (
    <form class="form" onSubmit={submit}>
      <p>This account asks for a second step.</p>
      {refused && <p class="note warn">{refused}</p>}
      {methods.length > 1 && (
        <SelectField
          label="By"
          value={method}
          choices={methods.map((each) => [each, NAMES[each]] as const)}
          onChange={(chosen) => {
            sending.forget();
            setMethod(chosen);
          }}
        />
      )}
      {method !== "webauthn" && (
        <TextField
          label={NAMES[method]}
          autoComplete="one-time-code"
          isRequired
          value={code}
          onInput={setCode}
        />
      )}
      {sending.problem && <ProblemNote problem={sending.problem} />}
      <Button kind="primary" type="submit" isBusy={sending.isBusy}>
        {method === "webauthn" ? "Use a passkey" : "Log in"}
      </Button>
    </form>
  );
}
