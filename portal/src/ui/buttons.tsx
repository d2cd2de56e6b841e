/** Buttons, and those that a role can't press, which say why. */

import type { ComponentChildren } from "preact";
import type { Role } from "../api/types.ts";
import { refusedFor } from "../session.ts";
import { Icon, type IconName } from "./icons.tsx";
import { toast } from "./toasts.tsx";

export interface ButtonProps {
  children?: ComponentChildren;
  icon?: IconName;
  kind?: "primary" | "danger" | "quiet";
  label?: string;
  type?: "button" | "submit";
  onClick?: (event: MouseEvent) => void;
  isBusy?: boolean;
  isPressed?: boolean;
  refused?: string | null;
  title?: string;
}

/** A button. With `refused` it stays in reach of the keyboard, does nothing, and says why. */
export function Button(props: ButtonProps) {
  const { children, icon, kind, label, refused, isBusy } = props;
  const press = (event: MouseEvent) => {
    if (isBusy) return event.preventDefault();
    if (!refused) return props.onClick?.(event);
    event.preventDefault();
    toast(refused, "warn");
  };
  return (
    <button
      type={props.type ?? "button"}
      class={["button", kind ?? "", children ? "" : "icon"].filter(Boolean).join(" ")}
      aria-label={label}
      title={refused ?? props.title ?? (children ? undefined : label)}
      aria-disabled={refused || isBusy ? "true" : undefined}
      aria-pressed={props.isPressed}
      aria-busy={isBusy || undefined}
      onClick={press}
    >
      {icon && <Icon name={icon} size={16} />}
      {children}
    </button>
  );
}

/** A button for those who have the role. */
export function RoleButton({ least, refused, ...props }: ButtonProps & { least: Role }) {
  return <Button {...props} refused={refusedFor(least) ?? refused ?? null} />;
}

/** One of a few. */
export function Segments<Choice extends string>(props: {
  label: string;
  value: Choice;
  choices: readonly (readonly [Choice, string])[];
  onChange: (choice: Choice) => void;
}) {
  return (
    <fieldset class="segments">
      <legend class="hidden-text">{props.label}</legend>
      {props.choices.map(([choice, text]) => (
        <Button key={choice} isPressed={choice === props.value} onClick={() => props.onChange(choice)}>
          {text}
        </Button>
      ))}
    </fieldset>
  );
}
