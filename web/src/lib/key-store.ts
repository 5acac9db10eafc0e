/** The keys that are heard on this page now; `useKeys` puts them in, the help sheet lists them. */

/** A key as `event.key` names it, or several pressed one after the other, such as `g j`. */
export type KeyHandler = readonly [key: string, handler: () => void, description?: string];
/** Keys of a page win over those heard everywhere, which rest while a dialog is open unless they are `always` on. */
export type KeyScope = "page" | "everywhere" | "always";

interface Entry {
  scope: KeyScope;
  /** The handlers as last rendered. */
  handlers: () => readonly KeyHandler[];
}

export interface Shortcut {
  key: string;
  description: string;
}

const SEQUENCE_MS = 1500;
const TYPING =
  "input:not([type='checkbox'], [type='radio']), textarea, select, [contenteditable='true'], [role='slider'], [role='menu'], [role='listbox']";

const entries: Entry[] = [];
let begun = { key: "", at: Number.NEGATIVE_INFINITY };

export function addKeys(entry: Entry): () => void {
  if (entries.length === 0) window.addEventListener("keydown", onKeyDown);
  entries.push(entry);
  return () => {
    entries.splice(entries.indexOf(entry), 1);
    if (entries.length === 0) window.removeEventListener("keydown", onKeyDown);
  };
}

/** What has a description: of the page first, then of the app; each key once, as it would be heard. */
export function shortcutsOf(which: "page" | "app"): Shortcut[] {
  const seen = new Map<string, string>();
  for (const entry of entries.filter(({ scope }) => (scope === "page") === (which === "page"))) {
    for (const [key, , description] of entry.handlers()) if (description) seen.set(key, description);
  }
  return [...seen].map(([key, description]) => ({ key, description }));
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest(TYPING)) return;
  // Arrow keys choose among the options of a group.
  if (event.key.startsWith("Arrow") && target?.matches("[type='radio']")) return;
  const key = keyOf(event);
  const heard = listeners();
  const going = event.timeStamp - begun.at < SEQUENCE_MS ? begun.key : "";
  begun = { key: "", at: Number.NEGATIVE_INFINITY };
  const handler =
    (going ? heard.find(([name]) => name === `${going} ${key}`) : undefined) ??
    heard.find(([name]) => name === key);
  if (handler) {
    event.preventDefault();
    handler[1]();
  } else if (heard.some(([name]) => name.startsWith(`${key} `))) {
    begun = { key, at: event.timeStamp };
  }
}

/** What came last is heard first. */
function listeners(): KeyHandler[] {
  const modal = document.querySelector("[aria-modal='true']") !== null;
  const newest = [...entries].reverse();
  return [
    ...newest.filter(({ scope }) => scope === "page"),
    ...newest.filter(({ scope }) => scope === "always" || (scope === "everywhere" && !modal)),
  ].flatMap((entry) => entry.handlers());
}

/** The Latin letter, also where the keyboard writes others, such as Hangul; small while Shift isn't held. */
export function keyOf(event: Pick<KeyboardEvent, "key" | "code" | "shiftKey">): string {
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1];
  if (letter === undefined) return event.key;
  if (/^[a-z]$/i.test(event.key)) return event.shiftKey ? event.key : event.key.toLowerCase();
  return event.shiftKey ? letter : letter.toLowerCase();
}
