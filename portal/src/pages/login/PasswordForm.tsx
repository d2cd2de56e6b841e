/** Logging in by e-mail and password, and the new password that may be due. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import type { Problem } from "../../api/problems.ts";
import type { Account } from "../../api/types.ts";
import { Button } from "../../ui/buttons.tsx";
import { TextField } from "../../ui/forms/fields.tsx";
import { ProblemNote } from "../../ui/notes.tsx";
import { useSending } from "../../ui/requests/sending.ts";
import type { SecondStepAsked } from "./SecondStepForm.tsx";

export type LogInAnswer = { account: Account } | SecondStepAsked;

export function PasswordForm(props: { email?: string; onDone: (answer: LogInAnswer) => void }) {
  const [email, setEmail] = useState(props.email ?? "");
  const [password, setPassword] = useState("");
  const sending = useSending(
    async () => ask(api.POST("/session", { body: { email, password } })),
    props.onDone,
    true,
  );
  return (
    <form class="form" onSubmit={submits(() => sending.send())}>
      <TextField
        label="E-mail"
        type="email"
        autoComplete="username"
        isRequired
        value={email}
        onInput={setEmail}
      />
      <TextField
        label="Password"
        type="password"
        autoComplete="current-password"
        isRequired
        value={password}
        onInput={setPassword}
      />
      <FormProblem problem={sending.problem} />
      <Button kind="primary" type="submit" isBusy={sending.isBusy}>
        Log in
      </Button>
    </form>
  );
}

export function NewPasswordForm({ onDone }: { onDone: () => void }) {
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const body = { current_password: old, new_password: fresh };
  const sending = useSending(async () => ask(api.POST("/auth/password", { body })), onDone, true);
  return (
    <form class="form" onSubmit={submits(() => sending.send())}>
      <p>Choose a new password before you go on.</p>
      <TextField
        label="Current password"
        type="password"
        autoComplete="current-password"
        isRequired
        value={old}
        onInput={setOld}
      />
      <TextField
        label="New password"
        type="password"
        autoComplete="new-password"
        isRequired
        value={fresh}
        onInput={setFresh}
        fault={sending.problem?.faultOf("/new_password") ?? null}
      />
      <FormProblem problem={sending.problem} />
      <Button kind="primary" type="submit" isBusy={sending.isBusy}>
        Change password
      </Button>
    </form>
  );
}

function FormProblem({ problem }: { problem: Problem | null }) {
  return problem && <ProblemNote problem={problem} />;
}

function submits(send: () => void) {
  return (event: SubmitEvent) => {
    event.preventDefault();
    send();
  };
}
