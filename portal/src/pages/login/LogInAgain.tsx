/** Over a page whose log-in has ended: what is typed there stays, and goes on after a new log-in. */

import { useEffect, useRef, useState } from "preact/hooks";
import { account, logIn, resumeSession } from "../../session.ts";
import { Button } from "../../ui/buttons.tsx";
import { toastProblem } from "../../ui/toasts.tsx";
import { type LogInAnswer, NewPasswordForm, PasswordForm } from "./PasswordForm.tsx";
import { type SecondStepAsked, SecondStepForm } from "./SecondStepForm.tsx";

export default function LogInAgain() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [step, setStep] = useState<SecondStepAsked | null>(null);
  const [isNewPassword, setNewPassword] = useState(false);
  const open = () => {
    dialog.current?.showModal();
    dialog.current?.querySelector<HTMLElement>("input[type=password]")?.focus();
  };
  useEffect(open, []);
  const enter = () => resumeSession().catch(toastProblem);
  const follow = (answer: LogInAnswer) => {
    if ("mfa_token" in answer) setStep(answer);
    else if (answer.account.must_change_password) setNewPassword(true);
    else enter();
  };
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="log-in-again" onClose={open}>
      <div class="head">
        <h2 id="log-in-again">Log in again</h2>
      </div>
      <div class="content stack">
        <p>The log-in has ended. What is on the page stays, and goes on after a new one.</p>
        {isNewPassword ? (
          <NewPasswordForm onDone={enter} />
        ) : step ? (
          <SecondStepForm step={step} onDone={follow} />
        ) : (
          <PasswordForm email={account.value?.email ?? ""} onDone={follow} />
        )}
        <Button
          kind="quiet"
          onClick={() => {
            logIn.value = "out";
          }}
        >
          Leave the page
        </Button>
      </div>
    </dialog>
  );
}
