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

/** One of some things that were chosen: a press leaves it out. A long name is cut. */
export function Chip(props: { name: string; onLeaveOut: () => void }) {
  return (
    <Button icon="close" title={`Leave ${props.name} out`} onClick={props.onLeaveOut}>
      <span class="cut">{props.name}</span>
    </Button>
  );
}

/** A button for those who have the role. */
export function RoleButton({ least, refused, ...props }: ButtonProps & { least: Role }) {
  return <Button {...props} refused={refusedFor(least) ?? refused ?? null} />;
}

/** A link that looks like a button, to where something is done that needs the role. */
export function RoleLink(props: {
  least: Role;
  href: string;
  kind?: "primary";
  icon?: IconName;
  children: ComponentChildren;
}) {
  const refused = refusedFor(props.least);
  const icon = props.icon && <Icon name={props.icon} size={16} />;
  if (refused)
    return (
      <Button refused={refused}>
        {icon}
        {props.children}
      </Button>
    );
  return (
    <a class={`button ${props.kind ?? ""}`} href={props.href}>
      {icon}
      {props.children}
    </a>
  );
}

/** One of a few; one that may not be chosen says why. */
export function Segments<Choice extends string>(props: {
  label: string;
  value: Choice;
  choices: readonly (readonly [choice: Choice, text: string, refused?: string | null])[];
  onChange: (choice: Choice) => void;
}) {
  return (
    <fieldset class="segments">
      <legend class="hidden-text">{props.label}</legend>
      {props.choices.map(([choice, text, refused]) => (
        <Button
          key={choice}
          isPressed={choice === props.value}
          refused={refused ?? null}
          onClick={() => props.onChange(choice)}
        >
          {text}
        </Button>
      ))}
    </fieldset>
  );
}
