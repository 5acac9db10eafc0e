import { ActionIcon, Menu } from "@mantine/core";
import { Icon } from "../components/icon";
import { t } from "../lib/i18n";
import { chooseLanguage, LANGUAGES, type Language, language } from "../lib/language";

const ALL = Object.entries(LANGUAGES) as [Language, string][];

/** Each language by its own name, so that who can't read this one finds theirs. */
export function LanguageMenu() {
  return (
    <Menu position="bottom-end" width={140} shadow="md">
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t("language.label", { name: LANGUAGES[language] })}
          data-testid="language"
        >
          <Icon name="globe" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.RadioGroup value={language} onChange={(code) => chooseLanguage(code as Language)}>
          {ALL.map(([code, name]) => (
            <Menu.RadioItem key={code} value={code} lang={code}>
              {name}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  );
}
