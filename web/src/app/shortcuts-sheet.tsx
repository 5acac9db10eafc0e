import { Dialog } from "../components/dialog";
import { t } from "../lib/i18n";
import { type Shortcut, shortcutsOf } from "../lib/key-store";
import classes from "./shortcuts-sheet.module.css";

/** The keys that are heard now: those of the page, then those heard everywhere. */
export default function ShortcutsSheet({ onClose }: { onClose: () => void }) {
  return (
    <Dialog opened onClose={onClose} title={t("keys.title")} size="sm">
      <div className={classes.sheet} data-testid="shortcuts-sheet">
        <Group title={t("keys.page")} shortcuts={shortcutsOf("page")} />
        <Group title={t("keys.app")} shortcuts={shortcutsOf("app")} />
      </div>
    </Dialog>
  );
}

function Group({ title, shortcuts }: { title: string; shortcuts: readonly Shortcut[] }) {
  if (shortcuts.length === 0) return null;
  return (
    <section>
      <h3 className={classes.title}>{title}</h3>
      <dl className={classes.list}>
        {shortcuts.map(({ key, description }) => (
          <div key={key} className={classes.row}>
            <dt>{description}</dt>
            <dd>
              <Keys of={key} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Keys({ of }: { of: string }) {
  const [first = of, second] = of.split(" ");
  return (
    <>
      <kbd>{nameOf(first)}</kbd>
      {second ? (
        <>
          <span className={classes.then}>{t("keys.then")}</span>
          <kbd>{nameOf(second)}</kbd>
        </>
      ) : null}
    </>
  );
}

function nameOf(key: string): string {
  if (key.length !== 1) return NAMES[key] ?? key;
  return /[A-Z]/.test(key) ? `Shift + ${key}` : (NAMES[key] ?? key.toUpperCase());
}

const NAMES: Record<string, string> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Escape: "Esc",
  "-": "−",
};
