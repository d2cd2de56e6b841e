/** Dialogs and menus, made of what HTML has. */

import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "./buttons.tsx";
import { Icon, type IconName } from "./icons.tsx";

export function Dialog(props: {
  title: string;
  onClose: () => void;
  isWide?: boolean;
  children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const isLeaving = useRef(false);
  const name = useId();
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    shown?.querySelector<HTMLElement>(".content :is(input, textarea, select)")?.focus();
    // Closed, not only taken out of the page: the focus goes back to where it was before.
    return () => {
      isLeaving.current = true;
      shown?.close();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={`dialog ${props.isWide ? "wide" : ""}`}
      aria-labelledby={name}
      onClose={() => isLeaving.current || props.onClose()}
    >
      <div class="head">
        <h2 id={name}>{props.title}</h2>
        <Button icon="close" kind="quiet" label="Close" onClick={() => dialog.current?.close()} />
      </div>
      <div class="content">{props.children}</div>
    </dialog>
  );
}

/** Asks before something that can't be taken back. */
export function Confirm(props: {
  title: string;
  children: ComponentChildren;
  verb: string;
  isBusy?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}) {
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <div class="stack">
        <div>{props.children}</div>
        <div class="actions">
          <Button onClick={props.onClose}>Leave it</Button>
          <Button kind="danger" isBusy={props.isBusy ?? false} onClick={props.onConfirm}>
            {props.verb}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

/** A button that opens a sheet of items, and closes it when one is chosen or the focus leaves. */
export function Menu(props: {
  label: string;
  icon?: IconName;
  text?: string;
  isLeft?: boolean;
  children: ComponentChildren;
}) {
  const menu = useRef<HTMLDetailsElement>(null);
  const close = () => {
    if (menu.current) menu.current.open = false;
  };
  const leave = (event: FocusEvent) => {
    if (!menu.current?.contains(event.relatedTarget as Node | null) && event.relatedTarget) close();
  };
  const press = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !menu.current?.open) return;
    close();
    menu.current.querySelector("summary")?.focus();
    event.stopPropagation();
  };
  useEffect(() => {
    const away = (event: PointerEvent) => menu.current?.contains(event.target as Node) || close();
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, []);
  const chosen = (event: MouseEvent) => {
    if (!(event.target as HTMLElement).closest(".item")) return;
    // What the item opens gives the focus back to the menu's button.
    menu.current?.querySelector("summary")?.focus();
    close();
  };
  return (
    <details class={`menu ${props.isLeft ? "left" : ""}`} ref={menu} onFocusOut={leave} onKeyDown={press}>
      <summary
        class={`button quiet ${props.text ? "" : "icon"}`}
        aria-label={props.text ? undefined : props.label}
        title={props.label}
      >
        {props.icon && <Icon name={props.icon} size={16} />}
        {props.text && <span class="cut">{props.text}</span>}
        {props.text && <Icon name="down" size={12} />}
      </summary>
      <div class="sheet" onClickCapture={chosen}>
        {props.children}
      </div>
    </details>
  );
}

export function MenuItem(props: {
  children: ComponentChildren;
  onClick: () => void;
  isCurrent?: boolean;
  icon?: IconName;
}) {
  return (
    <button
      type="button"
      class="item"
      aria-current={props.isCurrent ? "true" : undefined}
      onClick={props.onClick}
    >
      {props.icon && <Icon name={props.icon} size={16} />}
      <span class="grow">{props.children}</span>
      {props.isCurrent && <Icon name="check" size={14} />}
    </button>
  );
}
