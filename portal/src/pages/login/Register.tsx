/** A new account, where the installation lets people make one; and the way back for who forgot the password. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import { Button } from "../../ui/buttons.tsx";
import { TextField } from "../../ui/forms/fields.tsx";
import { ProblemNote } from "../../ui/notes.tsx";
import { useSending } from "../../ui/requests/sending.ts";

export function Register({ onDone, onBack }: { onDone: () => void; onBack: () => void }) {
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const sending = useSending(
    async () => {
      await ask(api.POST("/auth/register", { body: { email, password, name } }));
      await ask(api.POST("/session", { body: { email, password } }));
    },
    onDone,
    true,
  );
  const fault = (at: string) => sending.problem?.faultOf(at) ?? null;
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        sending.send();
      }}
    >
      <TextField
        label="E-mail"
        type="email"
        autoComplete="username"
        isRequired
        value={email}
        onInput={setEmail}
        fault={fault("/email")}
      />
      <TextField label="Name" autoComplete="name" value={name} onInput={setName} fault={fault("/name")} />
      <TextField
        label="Password"
        type="password"
        autoComplete="new-password"
        isRequired
        hint="8 characters or more, and not easily guessed"
        value={password}
        onInput={setPassword}
        fault={fault("/password")}
      />
      {sending.problem && <ProblemNote problem={sending.problem} />}
      <Button kind="primary" type="submit" isBusy={sending.isBusy}>
        Make an account
      </Button>
      <Button kind="quiet" onClick={onBack}>
        Log in instead
      </Button>
    </form>
  );
}

export function ForgotPassword({ onBack }: { onBack: () => void }) {
  const [email, setEmail] = useState("");
  const [isSent, setSent] = useState(false);
  const sending = useSending(
    async () => ask(api.POST("/auth/password-reset", { body: { email } })),
    () => setSent(true),
    true,
  );
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        sending.send();
      }}
    >
      {isSent ? (
        <p class="note ok">
          If this address has an account, a link is on its way to it. Where no mail is sent, an administrator
          can make one.
        </p>
      ) : (
        <TextField
          label="E-mail"
          type="email"
          autoComplete="username"
          isRequired
          value={email}
          onInput={setEmail}
        />
      )}
      {sending.problem && <ProblemNote problem={sending.problem} />}
      {!isSent && (
        <Button kind="primary" type="submit" isBusy={sending.isBusy}>
          Send a link
        </Button>
      )}
      <Button kind="quiet" onClick={onBack}>
        Back to log in
      </Button>
    </form>
  );
}
