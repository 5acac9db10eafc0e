/** The language of the app: the one chosen in this browser, else the first of the browser's that there is. */
export const LANGUAGES = { en: "English", ko: "한국어" } as const;
export type Language = keyof typeof LANGUAGES;

const NAME = "snellen.language";

export const language: Language = chosen() ?? preferred(navigator.languages);

/** Texts are looked up while modules load, so another language begins with another load of the page. */
export function chooseLanguage(wanted: Language): void {
  try {
    localStorage.setItem(NAME, wanted);
  } catch {
    // Without storage the browser's own language stays.
  }
  window.location.reload();
}

export function preferred(wanted: readonly string[]): Language {
  return wanted.map((tag) => tag.toLowerCase().split("-")[0]).find(isLanguage) ?? "en";
}

function chosen(): Language | null {
  try {
    const name = localStorage.getItem(NAME);
    return isLanguage(name) ? name : null;
  } catch {
    return null;
  }
}

function isLanguage(name: string | null | undefined): name is Language {
  return typeof name === "string" && Object.hasOwn(LANGUAGES, name);
}
