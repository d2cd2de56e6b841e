/** From when to when a version holds; then what is stored may follow. */

import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, ask } from "../../api/client.ts";
import type { Profile, Sensor } from "../../api/types.ts";
import { zone } from "../../settings.ts";
import { fromClock, isoTime } from "../../times.ts";
import { Button, Segments } from "../../ui/buttons.tsx";
import { TextField } from "../../ui/fields.tsx";
import { FormDialog } from "../../ui/forms.tsx";
import { useSending } from "../../ui/sending.ts";
import { toast } from "../../ui/toasts.tsx";

type From = "now" | "always" | "time";

export function Activate(props: {
  sensor: Sensor;
  profile: Profile;
  onClose: () => void;
  onDone: () => void;
}) {
  const { sensor, profile } = props;
  const { route } = useLocation();
  const [from, setFrom] = useState<From>("now");
  const [start, setStart] = useState("");
  const [end, setEnd] = useState("");
  const read = (text: string) => fromClock(text.trim().replace(" ", "T"), zone.value);
  const startUs = read(start);
  const endUs = end ? read(end) : null;
  const sending = useSending(
    async () => {
      const body = {
        ...(from === "always" ? { valid_from: null } : {}),
        ...(from === "time" && startUs !== null ? { valid_from: isoTime(startUs) } : {}),
        ...(endUs !== null ? { valid_to: isoTime(endUs) } : {}),
      };
      const path = { profile_id: profile.id };
      return ask(api.POST("/api/v1/conversion-profiles/{profile_id}:activate", { params: { path }, body }));
    },
    () => {
      toast(`Version ${profile.number} holds. Apply it to history where it reaches back.`);
      props.onDone();
      props.onClose();
    },
  );
  const hint =
    zone.value === "utc" ? "UTC, such as 2026-11-26 10:00" : "Local time, such as 2026-11-26 10:00";
  return (
    <FormDialog
      title={`Activate version ${profile.number}`}
      verb="Activate"
      sending={sending}
      onClose={props.onClose}
    >
      <div class="field">
        <span class="label">It holds from</span>
        <Segments
          label="From"
          value={from}
          choices={[
            ["now", "Now"],
            ["always", "Always"],
            ["time", "A time"],
          ]}
          onChange={setFrom}
        />
      </div>
      {from === "time" && (
        <TextField
          label="From"
          isRequired
          hint={hint}
          fault={
            start && startUs === null ? "That is no time" : (sending.problem?.faultOf("/valid_from") ?? null)
          }
          value={start}
          onInput={setStart}
        />
      )}
      <TextField
        label="Until"
        hint={`Empty: from then on. ${hint}`}
        fault={end && endUs === null ? "That is no time" : (sending.problem?.faultOf("/valid_to") ?? null)}
        value={end}
        onInput={setEnd}
      />
      <p class="muted">
        Readings that arrive are converted by it at once. What is stored keeps its values until a backfill.{" "}
        <Button kind="quiet" onClick={() => route(`/backfills/new?s=${sensor.id}`)}>
          Plan a backfill
        </Button>
      </p>
    </FormDialog>
  );
}
