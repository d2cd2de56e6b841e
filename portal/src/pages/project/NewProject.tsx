import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, ask } from "../../api/client.ts";
import { readProjects, turnTo } from "../../session.ts";
import { TextField } from "../../ui/forms/fields.tsx";
import { FormDialog } from "../../ui/forms/forms.tsx";
import { useSending } from "../../ui/requests/sending.ts";

/** A new project, whose owner is its maker. */
export function NewProject({ onClose }: { onClose: () => void }) {
  const { route } = useLocation();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const sending = useSending(
    async (key) => {
      const header = { "idempotency-key": key };
      const made = await ask(
        api.POST("/api/v1/projects", { params: { header }, body: { name, description } }),
      );
      await readProjects();
      return made;
    },
    (made) => {
      turnTo(made.id);
      route("/gateways/connect");
    },
  );
  return (
    <FormDialog title="New project" verb="Make project" sending={sending} onClose={onClose}>
      <TextField
        label="Name"
        isRequired
        value={name}
        onInput={setName}
        fault={sending.problem?.faultOf("/name") ?? null}
      />
      <TextField
        label="Description"
        isLong
        value={description}
        onInput={setDescription}
        fault={sending.problem?.faultOf("/description") ?? null}
      />
    </FormDialog>
  );
}
