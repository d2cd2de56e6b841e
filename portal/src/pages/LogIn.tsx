/** Logging in: by e-mail and password, by a second step, or by a link's one-time code. */

import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, ask } from "../api/client.ts";
import type { Problem } from "../api/problems.ts";
import type { Account } from "../api/types.ts";
import { logIn, startSession } from "../session.ts";
import { Button } from "../ui/buttons.tsx";
import { TextField } from "../ui/fields.tsx";
import { ProblemNote, Waiting } from "../ui/notes.tsx";
import { useSending } from "../ui/sending.ts";
import { ForgotPassword, Register } from "./login/Register.tsx";
import { type SecondStepAsked, SecondStepForm } from "./login/SecondStepForm.tsx";

type Answer = { account: Account } | SecondStepAsked;

export default function LogIn() {
  const { query, route } = useLocation();
  const [step, setStep] = useState<SecondStepAsked | null>(null);
  const [isNewPassword, setNewPassword] = useState(false);
  const isIn = logIn.value === "in";
  const enter = async () => {
    await startSession();
    route(safeNext(query.next), true);
  };
  const follow = (answer: Answer) => {
    if ("mfa_token" in answer) setStep(answer);
    else if (answer.account.must_change_password) setNewPassword(true);
    else enter();
  };
  useEffect(() => {
    document.title = "Log in · Barograph";
    if (isIn) route(safeNext(query.next), true);
  }, [isIn, query.next, route]);
  return (
    <main class="log-in">
      <div class="panel">
        <div class="body stack">
          <h1>Barograph</h1>
          {step && !isNewPassword && <SecondStepForm step={step} onDone={follow} />}
          {isNewPassword && <NewPasswordForm onDone={enter} />}
          {!step && !isNewPassword && <FirstStep onDone={follow} onEnter={enter} />}
        </div>
      </div>
    </main>
  );
}

function FirstStep({ onDone, onEnter }: { onDone: (answer: Answer) => void; onEnter: () => void }) {
  const [way, setWay] = useState<"password" | "register" | "forgot">("password");
  const [code, setCode] = useState(() => /^#code=(.+)$/.exec(location.hash)?.[1] ?? null);
  const byCode = useSending(async () => ask(api.POST("/session", { body: { code } })), onDone);
  // A code is burned by its first use.
  useEffect(() => {
    if (code === null) return;
    history.replaceState(null, "", location.pathname + location.search);
    byCode.send().then(() => setCode(null));
  }, []);
  if (way === "register") return <Register onDone={onEnter} onBack={() => setWay("password")} />;
  if (way === "forgot") return <ForgotPassword onBack={() => setWay("password")} />;
  if (code !== null) return <Waiting what="Logging in by the link" />;
  return (
    <>
      {byCode.problem && <ProblemNote problem={byCode.problem} />}
      <PasswordForm onDone={onDone} />
      <Button kind="quiet" onClick={() => setWay("register")}>
        Make an account
      </Button>
      <Button kind="quiet" onClick={() => setWay("forgot")}>
        Password forgotten
      </Button>
    </>
  );
}

function PasswordForm({ onDone }: { onDone: (answer: Answer) => void }) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const sending = useSending(async () => ask(api.POST("/session", { body: { email, password } })), onDone);
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

function NewPasswordForm({ onDone }: { onDone: () => void }) {
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const body = { current_password: old, new_password: fresh };
  const sending = useSending(async () => ask(api.POST("/auth/password", { body })), onDone);
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

/** Only addresses of this site are gone to. */
function safeNext(next: string | undefined): string {
  return next?.startsWith("/") && !next.startsWith("//") && !next.startsWith("/login") ? next : "/live";
}
