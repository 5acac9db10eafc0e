import { Link } from "@tanstack/react-router";
import type { Me } from "../../api/types";
import { PageHead } from "../../components/page-head";
import { TabBar } from "../../components/tab-bar";
import { t } from "../../lib/i18n-people";

const TABS = [
  ["/account", "account.tab.account"],
  ["/account/sessions", "account.tab.sessions"],
  ["/account/tokens", "account.tab.tokens"],
] as const;

/** What all pages of one's own account begin with. */
export function AccountTabs({ me }: { me: Me }) {
  return (
    <>
      <PageHead title={me.display_name || me.name} note={me.display_name ? me.name : null} />
      <TabBar label={t("account.tabs")}>
        {TABS.map(([to, label]) => (
          <Link key={to} to={to} activeOptions={{ exact: true }} resetScroll={false}>
            {t(label)}
          </Link>
        ))}
      </TabBar>
    </>
  );
}
