/** A passkey of this device, or of a key that is plugged in, as a second step. */

import { useState } from "preact/hooks";
import { api, ask } from "../../api/client.ts";
import { makePasskey, passkeysRefused } from "../../passkeys.ts";
import { Button } from "../../ui/buttons.tsx";
import { Dialog } from "../../ui/dialogs.tsx";
import { TextField } from "../../ui/forms/fields.tsx";
import { FormDialog } from "../../ui/forms/forms.tsx";
import { useSending } from "../../ui/requests/sending.ts";
import { CurrentPassword } from "./CurrentPassword.tsx";

export function AddPasskey(props: { onClose: () => void; onDone: (recovery: string[] | null) => void }) {
  const [password, setPassword] = useState("");
  const [name, setName] = useState("Passkey");
  const refused = passkeysRefused();
  const sending = useSending(
    async () => {
      const begun = await ask(
        api.POST("/auth/factors", { body: { kind: "webauthn", name, current_password: password } }),
      );
      const credential = await makePasskey(begun.webauthn ?? {});
      const params = { path: { factor_id: begun.id } };
      const body = { proof: { method: "webauthn" as const, credential } };
      return ask(api.POST("/auth/factors/{factor_id}:confirm", { params, body }));
    },
    (done) => props.onDone(done.recovery_codes),
    true,
  );
  if (refused)
    return (
      <Dialog title="Add a passkey" onClose={props.onClose}>
        <div class="stack">
          <p class="note warn">{refused}</p>
          <div class="actions">
            <Button onClick={props.onClose}>Close</Button>
          </div>
        </div>
      </Dialog>
    );
  return (
    <FormDialog title="Add a passkey" verb="Make it" sending={sending} onClose={props.onClose}>
      <p>The browser then asks for a fingerprint, a PIN, or a security key. All other log-ins end.</p>
      <TextField label="Name" isRequired value={name} onInput={setName} />
      <CurrentPassword value={password} onInput={setPassword} problem={sending.problem} />
    </FormDialog>
  );
}
