/** The project that is looked at, and turning to another; many are found by typing. */

import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { countText } from "../../numbers.ts";
import { project, projects, turnTo } from "../../session.ts";
import { Menu, MenuItem } from "../dialogs.tsx";
import { Icon } from "../icons.tsx";

const SEARCHED_FROM = 10;
const MOST_SHOWN = 50;

export function ProjectMenu() {
  const { path, route } = useLocation();
  const [text, setText] = useState("");
  const all = projects.value;
  const current = project.value;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = all.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
  const shown = found.slice(0, MOST_SHOWN);
  if (current && found.includes(current) && !shown.includes(current)) shown.unshift(current);
  const choose = (id: string) => {
    turnTo(id);
    setText("");
    route(`/${path.split("/")[1] ?? ""}`);
  };
  const takeFirst = (event: KeyboardEvent) => {
    const [first] = shown;
    if (event.key !== "Enter" || !words.length || !first) return;
    (event.currentTarget as HTMLElement).closest("details")?.removeAttribute("open");
    choose(first.id);
  };
  const search = `Search ${countText(all.length)} projects`;
  return (
    <Menu
      label={`Project: ${current?.name ?? "none"}`}
      text={current?.name ?? "No project"}
      icon="project"
      isLeft
    >
      {all.length > SEARCHED_FROM && (
        <input
          type="search"
          aria-label={search}
          placeholder={search}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={takeFirst}
        />
      )}
      {shown.map((each) => (
        <MenuItem key={each.id} isCurrent={each.id === current?.id} onClick={() => choose(each.id)}>
          {each.name} <span class="muted">{each.role}</span>
        </MenuItem>
      ))}
      {found.length > shown.length && (
        <p class="note">{countText(found.length - shown.length)} more: type a part of the name.</p>
      )}
      {words.length > 0 && !found.length && <p class="note">No project is called so.</p>}
      <a class="item" href="/project/new">
        <Icon name="plus" size={16} /> New project
      </a>
    </Menu>
  );
}
