/** What stands around every page: the rail, the bar above it. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { account, chooseTheme, chooseZone, endSession, project } from "../../session.ts";
import { railIsWide, type Theme, theme, turnRail, zone } from "../../settings.ts";
import { Dialog, Menu, MenuItem } from "../dialogs.tsx";
import { Icon, type IconName } from "../icons.tsx";
import { LostNote } from "../LostNote.tsx";
import { toastProblem } from "../toasts.tsx";
import { AgeNote } from "./AgeNote.tsx";
import { Bell } from "./Bell.tsx";
import { keepFocus } from "./keptFocus.ts";
import { Palette } from "./Palette.tsx";
import { ProjectMenu } from "./ProjectMenu.tsx";

interface Place {
  path: string;
  name: string;
  icon: IconName;
  also?: string[];
  isFirst?: boolean;
}

const PLACES: Place[] = [
  { path: "/live", name: "Live", icon: "live", isFirst: true },
  { path: "/explore", name: "Explore", icon: "explore", isFirst: true },
  { path: "/runs", name: "Runs", icon: "runs", also: ["/experiments", "/files"], isFirst: true },
  { path: "/compare", name: "Compare", icon: "compare" },
  { path: "/sensors", name: "Sensors", icon: "sensors", isFirst: true },
  { path: "/gateways", name: "Gateways", icon: "gateways" },
  { path: "/calibrations", name: "Calibrations", icon: "calibrations" },
  { path: "/backfills", name: "Backfills", icon: "backfills" },
  { path: "/imports", name: "Imports", icon: "imports" },
  { path: "/alarms", name: "Alarms", icon: "alarms", also: ["/events", "/annotations"] },
  { path: "/project", name: "Project", icon: "project" },
];

/** Pages beside those of the rail. */
const OTHER_PLACES = [
  { path: "/events", name: "Events" },
  { path: "/annotations", name: "Annotations" },
  { path: "/files", name: "Files of runs" },
  { path: "/gateways/connect", name: "Connect a gateway" },
  { path: "/account", name: "Account" },
];
const SYSTEM = { path: "/system", name: "System" };

export function Shell({ children }: { children: ComponentChildren }) {
  const main = useRef<HTMLElement>(null);
  const { path } = useLocation();
  const isFirst = useRef(true);
  useEffect(keepFocus, []);
  // A new page begins at its top, also for the keyboard.
  useEffect(() => {
    if (!isFirst.current) main.current?.focus();
    isFirst.current = false;
  }, [path]);
  return (
    <div class={`shell ${railIsWide.value ? "wide" : ""}`}>
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <Rail path={path} />
      <TopBar />
      <main class="main" id="main" ref={main} tabIndex={-1}>
        <AgeNote />
        <LostNote />
        {children}
      </main>
    </div>
  );
}

function Rail({ path }: { path: string }) {
  const [isMoreOpen, setMoreOpen] = useState(false);
  return (
    <nav class="rail" aria-label="Pages">
      <span class="brand">
        <svg width="18" height="18" viewBox="0 0 20 20" aria-hidden="true">
          <path
            d="M1 13h4l2-8 4 12 3-7 2 3h3"
            fill="none"
            stroke="currentColor"
            stroke-width="2"
            stroke-linejoin="round"
          />
        </svg>
        <span class="label">Barograph</span>
      </span>
      {PLACES.map((place) => (
        <PlaceLink key={place.path} place={place} path={path} />
      ))}
      <button
        type="button"
        class="more"
        aria-label="More pages"
        aria-current={PLACES.some((place) => !place.isFirst && isAt(place, path)) ? "true" : undefined}
        onClick={() => setMoreOpen(true)}
      >
        <Icon name="menu" />
        <span class="label">More</span>
      </button>
      <button
        type="button"
        class="foot"
        aria-label="Names of the pages"
        aria-pressed={railIsWide.value}
        onClick={turnRail}
      >
        <Icon name={railIsWide.value ? "left" : "right"} />
        <span class="label">Narrow</span>
      </button>
      {isMoreOpen && <MorePages path={path} onClose={() => setMoreOpen(false)} />}
    </nav>
  );
}

function MorePages({ path, onClose }: { path: string; onClose: () => void }) {
  return (
    <Dialog title="Pages" onClose={onClose}>
      <div class="stack">
        {PLACES.filter((place) => !place.isFirst).map((place) => (
          <a
            key={place.path}
            class="button"
            href={place.path}
            aria-current={isAt(place, path) ? "page" : undefined}
            onClick={onClose}
          >
            <Icon name={place.icon} /> {place.name}
          </a>
        ))}
      </div>
    </Dialog>
  );
}

function PlaceLink({ place, path }: { place: Place; path: string }) {
  return (
    <a
      href={place.path}
      class={place.isFirst ? "" : "secondary"}
      aria-current={isAt(place, path) ? "page" : undefined}
      title={railIsWide.value ? undefined : place.name}
    >
      <Icon name={place.icon} />
      <span class="label">{place.name}</span>
    </a>
  );
}

function isAt(place: Place, path: string): boolean {
  const roots = [place.path, ...(place.also ?? [])];
  return (
    roots.some((root) => path === root || path.startsWith(`${root}/`)) ||
    (path === "/" && place.path === "/live")
  );
}

function TopBar() {
  const [isGoing, setGoing] = useState(false);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      setGoing(true);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
  return (
    <header class="top">
      <ProjectMenu />
      <span class="grow" />
      <button
        type="button"
        class="button quiet"
        title="Find a page, a sensor, a run, … (Ctrl K)"
        onClick={() => setGoing(true)}
      >
        <Icon name="search" size={16} />
        <span class="hidden-text">Find</span>
        <kbd class="wide-only">Ctrl K</kbd>
      </button>
      {isGoing && (
        <Palette
          pages={[...PLACES, ...OTHER_PLACES, ...(account.value?.is_admin ? [SYSTEM] : [])]}
          onClose={() => setGoing(false)}
        />
      )}
      <button
        type="button"
        class="button quiet"
        title="Time zone of every time that is shown"
        aria-label={`Time zone: ${zone.value === "utc" ? "UTC" : "local"}. Change`}
        onClick={() => {
          chooseZone(zone.value === "utc" ? "local" : "utc");
        }}
      >
        <Icon name="clock" size={16} />
        {zone.value === "utc" ? "UTC" : "Local"}
      </button>
      {project.value && <Bell project={project.value.id} />}
      <ThemeMenu />
      <AccountMenu />
    </header>
  );
}

const THEMES: [Theme, string][] = [
  ["system", "As the system"],
  ["light", "Light"],
  ["dark", "Dark"],
];

function ThemeMenu() {
  return (
    <Menu label="Theme" icon={theme.value === "dark" ? "moon" : "sun"}>
      {THEMES.map(([choice, name]) => (
        <MenuItem
          key={choice}
          isCurrent={theme.value === choice}
          onClick={() => {
            chooseTheme(choice);
          }}
        >
          {name}
        </MenuItem>
      ))}
    </Menu>
  );
}

function AccountMenu() {
  const me = account.value;
  return (
    <Menu label={`Account: ${me?.email ?? ""}`} icon="person">
      <div class="note">
        <strong style="color: var(--ink)">{me?.name}</strong>
        <span>{me?.email}</span>
      </div>
      <a class="item" href="/account">
        Account
      </a>
      {me?.is_admin && (
        <a class="item" href={SYSTEM.path}>
          System
        </a>
      )}
      <a class="item" href="/docs" target="_blank" rel="noopener">
        API documentation
      </a>
      <MenuItem onClick={() => endSession().catch(toastProblem)}>Log out</MenuItem>
    </Menu>
  );
}
