/** Logging in: by e-mail and password, by a second step, or by a link's one-time code. */

import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, ask } from "../../api/client.ts";
import { logIn, startSession } from "../../session.ts";
import { Button } from "../../ui/buttons.tsx";
import { ProblemNote, Waiting } from "../../ui/notes.tsx";
import { useAsked } from "../../ui/requests/asking.ts";
import { useSending } from "../../ui/requests/sending.ts";
import { type LogInAnswer, NewPasswordForm, PasswordForm } from "./PasswordForm.tsx";
import { ForgotPassword, Register } from "./Register.tsx";
import { type SecondStepAsked, SecondStepForm } from "./SecondStepForm.tsx";

export default function LogIn() {
  const { query, route } = useLocation();
  const [step, setStep] = useState<SecondStepAsked | null>(null);
  const [isNewPassword, setNewPassword] = useState(false);
  const isIn = logIn.value === "in";
  const enter = async () => {
    await startSession();
    route(safeNext(query.next), true);
  };
  const follow = (answer: LogInAnswer) => {
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

function FirstStep({ onDone, onEnter }: { onDone: (answer: LogInAnswer) => void; onEnter: () => void }) {
  const [way, setWay] = useState<"password" | "register" | "forgot">("password");
  const [code, setCode] = useState(() => /^#code=(.+)$/.exec(location.hash)?.[1] ?? null);
  const byCode = useSending(async () => ask(api.POST("/session", { body: { code } })), onDone, true);
  // A code is burned by its first use.
  useEffect(() => {
    if (code === null) return;
    history.replaceState(null, "", location.pathname + location.search);
    byCode.send().then(() => setCode(null));
  }, []);
  const rule = useAsked("registration", (signal) => ask(api.GET("/auth/registration", { signal })));
  const registration = rule.data?.registration;
  if (way === "register") return <Register onDone={onEnter} onBack={() => setWay("password")} />;
  if (way === "forgot") return <ForgotPassword onBack={() => setWay("password")} />;
  if (code !== null) return <Waiting what="Logging in by the link" />;
  return (
    <>
      {byCode.problem && <ProblemNote problem={byCode.problem} />}
      <PasswordForm onDone={onDone} />
      {registration === "open" && (
        <Button kind="quiet" onClick={() => setWay("register")}>
          Make an account
        </Button>
      )}
      <Button kind="quiet" onClick={() => setWay("forgot")}>
        Password forgotten
      </Button>
      {registration === "invited" && (
        <p class="muted">No account yet? Ask an owner of your project for an invitation: it makes one.</p>
      )}
    </>
  );
}

/** Only addresses of this site are gone to. */
function safeNext(next: string | undefined): string {
  return next?.startsWith("/") && !next.startsWith("//") && !next.startsWith("/login") ? next : "/live";
}
