/**
 * Where the keyboard goes on when what it was at leaves the page: a row that was deleted, a button that became another.
 * The browser would begin at the page's top again.
 */

const STOPS = "a[href], button, summary, [tabindex='0']";

/** What has the focus, and all it stands in. */
let places: Element[] = [];

/** Watches the whole document; what is returned ends it. */
export function keepFocus(): () => void {
  const come = ({ target }: FocusEvent) => {
    places = target instanceof Element ? around(target) : [];
  };
  // Whoever puts the focus nowhere, by a click beside everything, means it.
  const leave = ({ target, relatedTarget }: FocusEvent) => {
    if (!relatedTarget) setTimeout(() => forgetIfStillThere(target));
  };
  const watcher = new MutationObserver(goOn);
  document.addEventListener("focusin", come);
  document.addEventListener("focusout", leave);
  watcher.observe(document.body, { childList: true, subtree: true });
  return () => {
    watcher.disconnect();
    document.removeEventListener("focusin", come);
    document.removeEventListener("focusout", leave);
  };
}

function goOn(): void {
  const [focused] = places;
  if (!focused || focused.isConnected || document.activeElement !== document.body) return;
  const place = places.find((each) => each.isConnected && each !== document.body);
  places = [];
  const next = place?.closest("main") ? (stopIn(place) ?? place.closest("main")) : null;
  (next as HTMLElement | null)?.focus({ preventScroll: true });
}

/** The first place to stop at, of what is seen; the page itself is begun at its top. */
function stopIn(place: Element): HTMLElement | undefined {
  if (place.matches("main, .page")) return undefined;
  const stops = [...place.querySelectorAll<HTMLElement>(STOPS)];
  return stops.find((each) => each.checkVisibility() && each.tabIndex >= 0);
}

function around(element: Element): Element[] {
  const found = [];
  for (let each: Element | null = element; each; each = each.parentElement) found.push(each);
  return found;
}

function forgetIfStillThere(left: EventTarget | null): void {
  if (left === places[0] && (left as Element).isConnected && document.hasFocus()) places = [];
}
