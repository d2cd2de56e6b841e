/** The password that one has now, which is asked for before what lets others in is changed. */

import type { Problem } from "../../api/problems.ts";
import { TextField } from "../../ui/forms/fields.tsx";

export function CurrentPassword(props: {
  value: string;
  onInput: (value: string) => void;
  problem: Problem | null;
}) {
  return (
    <TextField
      label="Current password"
      type="password"
      autoComplete="current-password"
      isRequired
      value={props.value}
      onInput={props.onInput}
      fault={props.problem?.faultOf("/current_password") ?? null}
    />
  );
}
